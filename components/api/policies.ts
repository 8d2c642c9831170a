import { numberedNames, plainEndpointName } from "../hosting/endpoint-name";
import { type AwsScope, endpointArn, logGroupArns } from "../iam/arns";

/** Only the Lambda service may assume the function's role. */
export const lambdaTrust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

/**
 * The function calls one endpoint and writes its own log. An endpoint that takes the place of another has a number after its name: the policy allows both,
 * so that calls succeed before, while and after the function learns the new name.
 */
export function callerPermissions(scope: AwsScope, endpointName: string, logGroup: string): string {
  const endpoint = endpointArn(scope, plainEndpointName(endpointName));
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Sid: "InvokeModel", Effect: "Allow", Action: ["sagemaker:InvokeEndpoint"], Resource: [endpoint, `${endpoint}${numberedNames}`] },
      {
        Sid: "WriteLogs",
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: logGroupArns(scope, logGroup).slice(1),
      },
    ],
  });
}
