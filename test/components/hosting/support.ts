import { Endpoint, type EndpointArgs, type RealtimeArgs } from "../../../components";
import { checkArguments } from "../../../components/arguments";
import { Problems } from "../../../components/errors/problems";
import { checkRealtimeRules, realtimeChecks, realtimeExclusions } from "../../../components/hosting/endpoint-spec";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";

export const endpointType = "aws:sagemaker/endpoint:Endpoint";
export const configurationType = "aws:sagemaker/endpointConfiguration:EndpointConfiguration";
export const modelType = "aws:sagemaker/model:Model";
export const targetType = "aws:appautoscaling/target:Target";
export const policyType = "aws:appautoscaling/policy:Policy";
export const actionType = "aws:appautoscaling/scheduledAction:ScheduledAction";

export const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";

/** What is planned for a real-time endpoint of the model `iris`. */
export async function planned(realtime: Partial<RealtimeArgs>, more: Partial<EndpointArgs> = {}): Promise<MockedEngine> {
  const engine = await MockedEngine.start();
  const args: EndpointArgs = {
    platform,
    model: "iris",
    image: imageUri,
    executionRoleArn: "arn:aws:iam::123456789012:role/iris",
    modelDataUrl: "s3://shop-artifacts/model.tar.gz",
    realtime: { instanceType: "ml.m5.large", ...realtime },
    ...more,
  };
  await promiseOf(new Endpoint("iris-endpoint", args).endpointName);
  await MockedEngine.settled();
  return engine;
}

/** Faults of a real-time endpoint's arguments, each as `path: reason`. */
export function realtimeFaults(change: object): string[] {
  const problems = new Problems();
  const given = { instanceType: "ml.m5.large", ...change };
  checkArguments(realtimeChecks, given, "", problems, realtimeExclusions);
  checkRealtimeRules(given, "", problems);
  return problems.faults.map(({ path, reason }) => `${path}: ${reason}`);
}
