import { numberedNames, plainEndpointName } from "../hosting/endpoint-name";
import { type AwsScope, endpointArn, s3ObjectArn } from "./arns";
import { allow, policyDocument } from "./policies";

/** What somebody who calls a model needs. */
export interface InvokerWork {
  readonly scope: AwsScope;
  readonly endpointName: string;
  /** Where inputs are put and answers are found, of an asynchronous endpoint; undefined for others. S3 prefixes without a slash at the end. */
  readonly places: { readonly input: string; readonly output: string; readonly failure: string } | undefined;
  readonly kmsKeyArn: string | undefined;
}

/** Calls of the one endpoint, also under a numbered name; for an asynchronous one the objects of requests and answers too. */
export function invokerPermissions({ scope, endpointName, places, kmsKeyArn }: InvokerWork): string {
  const endpoint = endpointArn(scope, plainEndpointName(endpointName));
  const endpoints = [endpoint, `${endpoint}${numberedNames}`];
  if (places === undefined) {
    return policyDocument([allow("Invoke", ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"], endpoints)]);
  }
  const below = (prefix: string) => s3ObjectArn(scope, `${prefix}/`);
  return policyDocument([
    allow("Invoke", ["sagemaker:InvokeEndpointAsync"], endpoints),
    allow("PutInputs", ["s3:PutObject"], [below(places.input)]),
    allow("ReadResults", ["s3:GetObject"], [below(places.output), below(places.failure)]),
    ...(kmsKeyArn === undefined ? [] : [allow("UseKey", ["kms:Decrypt", "kms:GenerateDataKey"], [kmsKeyArn])]),
  ]);
}
