import { numberedNames, plainEndpointName } from "../hosting/endpoint-name";
import { type AwsScope, endpointArn, logGroupArns, s3ObjectArn } from "../iam/arns";

/** Only the Lambda service may assume the function's role. */
export const lambdaTrust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** Only API Gateway may assume the role by which it writes logs. */
export const gatewayTrust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "apigateway.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/** How the function asks the endpoint. */
export type CallMode = "invoke" | "stream" | "submit";

/** The S3 prefixes of an asynchronous model, without a slash at the end. */
export interface QueuePlaces {
  readonly input: string;
  readonly output: string;
  readonly failure: string;
}

export interface CallerWork {
  readonly scope: AwsScope;
  readonly endpointName: string;
  readonly logGroup: string;
  readonly mode: CallMode;
  /** Of an asynchronous model. */
  readonly places: QueuePlaces | undefined;
  /** Whether the function keeps which requests it has accepted. */
  readonly receipts: boolean;
  readonly kmsKeyArn: string | undefined;
}

/** The operation's reference asks for InvokeEndpoint, the service's list of actions has one of its own for streams: with both the call is allowed either way. */
const actions: Readonly<Record<CallMode, readonly string[]>> = {
  invoke: ["sagemaker:InvokeEndpoint"],
  stream: ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
  submit: ["sagemaker:InvokeEndpointAsync"],
};

/**
 * The function calls one endpoint and writes its own log. An endpoint that takes the place of another has a number after its name: the policy allows both,
 * so that calls succeed before, while and after the function learns the new name. Before an asynchronous endpoint it also puts inputs and reads results.
 */
export function callerPermissions({ scope, endpointName, logGroup, mode, places, receipts, kmsKeyArn }: CallerWork): string {
  const endpoint = endpointArn(scope, plainEndpointName(endpointName));
  const allow = (Sid: string, Action: readonly string[], Resource: readonly string[]) => ({ Sid, Effect: "Allow", Action, Resource });
  const below = (prefix: string) => s3ObjectArn(scope, `${prefix}/`);
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      allow("InvokeModel", actions[mode], [endpoint, `${endpoint}${numberedNames}`]),
      ...(places === undefined
        ? []
        : [
            allow("PutInputs", ["s3:PutObject"], [below(places.input)]),
            allow(
              "ReadResults",
              ["s3:GetObject"],
              [below(places.output), below(places.failure), ...(receipts ? [below(`${places.input}/receipts`)] : [])],
            ),
            ...(kmsKeyArn === undefined ? [] : [allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], [kmsKeyArn])]),
          ]),
      allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], logGroupArns(scope, logGroup).slice(1)),
    ],
  });
}
