import { describe, expect, test } from "vitest";
import type { AwsClients } from "../../../components/aws/clients";
import { lookAtEndpoint, recordedKind } from "../../../components/hosting/serving-kind";

/** An account with one endpoint in service; `configuration` is what it serves with, undefined when that is gone. */
function account(configuration: object | undefined): AwsClients {
  const refusal = () => Promise.reject(Object.assign(new Error("Could not find it."), { name: "ValidationException" }));
  const send = ({ constructor: command, input }: { constructor: { name: string }; input: Record<string, string> }) => {
    if (command.name === "DescribeEndpointCommand" && input.EndpointName === "shop-iris") {
      return Promise.resolve({ EndpointStatus: "InService", EndpointConfigName: "live" });
    }
    return configuration !== undefined && input.EndpointConfigName === "live" ? Promise.resolve(configuration) : refusal();
  };
  return { sagemaker: { send } } as unknown as AwsClients;
}

describe("the kind of an endpoint", () => {
  test.each([
    [{ ProductionVariants: [{ InstanceType: "ml.m5.large" }] }, "realtime"],
    [{ ProductionVariants: [{ ServerlessConfig: { MaxConcurrency: 5 } }] }, "serverless"],
    [{ ProductionVariants: [{ InstanceType: "ml.m5.large" }], AsyncInferenceConfig: {} }, "async"],
    [undefined, undefined],
  ])("that serves with %j is %s", async (configuration, kind) => {
    expect(await lookAtEndpoint("shop-iris", account(configuration))).toEqual({ status: "InService", kind, configName: "live" });
  });

  test("that does not exist is none", async () => {
    expect(await lookAtEndpoint("shop-rose", account({}))).toBeUndefined();
  });

  test.each([
    [{ productionVariants: [{ instanceType: "ml.m5.large" }] }, "realtime"],
    [{ productionVariants: [{ serverlessConfig: { maxConcurrency: 5 } }], asyncInferenceConfig: null }, "serverless"],
    [{ productionVariants: [{ instanceType: "ml.m5.large", serverlessConfig: null }], asyncInferenceConfig: {} }, "async"],
    [{}, undefined],
  ])("recorded as %j is %s", (outputs, kind) => {
    expect(recordedKind({ outputs })).toBe(kind);
  });
});
