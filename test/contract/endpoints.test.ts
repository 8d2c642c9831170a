import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  ListEndpointsCommand,
  UpdateEndpointCommand,
  waitUntilEndpointDeleted,
  waitUntilEndpointInService,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { account, bucket, logLines, type Platform, putText, region, rejection, startPlatform } from "./support/platform";
import { createConfig, createEndpoint, trainedModel } from "./support/requests";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

describe("an endpoint", () => {
  test("is Creating until its container answers /ping, then InService with its variant and its model loaded", async () => {
    const { sagemaker } = platform;
    const modelDataUrl = await trainedModel(platform, "for-serving");
    await createEndpoint(platform, "serves", { modelDataUrl });
    const early = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: "serves" }));
    expect(early.EndpointStatus).toBe("Creating");
    await inService("serves");
    const endpoint = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: "serves" }));
    expect(endpoint).toMatchObject({
      EndpointArn: `arn:aws:sagemaker:${region}:${account}:endpoint/serves`,
      EndpointConfigName: "serves",
      ProductionVariants: [
        {
          VariantName: "primary",
          CurrentWeight: 1,
          DesiredWeight: 1,
          CurrentInstanceCount: 1,
          DesiredInstanceCount: 1,
          DeployedImages: [{ SpecifiedImage: platform.image.uri, ResolvedImage: platform.image.uri }],
        },
      ],
    });
    expect((await invoke("serves")).model).toMatchObject({ job: "for-serving" });
  });

  test("whose container cannot load the model is Failed with AWS's reason, the exit code and the last line, and its log is kept", async () => {
    const { sagemaker } = platform;
    await createEndpoint(platform, "broken", { environment: { FAULT: "load" } });
    await expect.poll(async () => (await describeEndpoint("broken")).EndpointStatus).toBe("Failed");
    const endpoint = await describeEndpoint("broken");
    expect(endpoint.FailureReason).toBe(
      "The primary container for production variant primary did not pass the ping health check. " +
        "Please check CloudWatch logs for this endpoint. It exited with code 1. Last line: ValueError: the model cannot be loaded",
    );
    const update = await rejection(sagemaker.send(new UpdateEndpointCommand({ EndpointName: "broken", EndpointConfigName: "broken" })));
    expect(update.name).toBe("ValidationException");
    await sagemaker.send(new DeleteEndpointCommand({ EndpointName: "broken" }));
    await waitUntilEndpointDeleted({ client: sagemaker, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: "broken" });
  });

  test("writes what its container prints to the log group AWS names", async () => {
    const { logs } = platform;
    const { LogStreamArn } = await rejection(invokeRaw("serves", "fault/418"));
    const stream = String(LogStreamArn).split(":log-stream:")[1] ?? "";
    expect(stream).toMatch(/^primary\/i-[0-9a-f]{17}$/);
    expect(await logLines(logs, "/aws/sagemaker/Endpoints/serves", stream)).toContain("loading version serves");
  });

  test("answers from the old container during an update and from the new one after it", async () => {
    const { sagemaker } = platform;
    await createConfig(platform, "second");
    const updated = await sagemaker.send(new UpdateEndpointCommand({ EndpointName: "serves", EndpointConfigName: "second" }));
    expect(updated.EndpointArn).toBe(`arn:aws:sagemaker:${region}:${account}:endpoint/serves`);
    const during = await describeEndpoint("serves");
    expect([during.EndpointStatus, during.EndpointConfigName]).toEqual(["Updating", "serves"]);
    expect((await invoke("serves")).version).toBe("serves");
    const refused = await rejection(sagemaker.send(new UpdateEndpointCommand({ EndpointName: "serves", EndpointConfigName: "second" })));
    expect(refused.message).toBe(`Cannot update in-progress endpoint "arn:aws:sagemaker:${region}:${account}:endpoint/serves".`);
    await inService("serves");
    expect((await describeEndpoint("serves")).EndpointConfigName).toBe("second");
    expect((await invoke("serves")).version).toBe("second");
  });

  test("stays in service with its old configuration when an update's container fails, and tells the reason", async () => {
    const { sagemaker } = platform;
    await createConfig(platform, "third", { environment: { FAULT: "load" } });
    await sagemaker.send(new UpdateEndpointCommand({ EndpointName: "serves", EndpointConfigName: "third" }));
    await inService("serves");
    const endpoint = await describeEndpoint("serves");
    expect(endpoint.EndpointConfigName).toBe("second");
    expect(endpoint.FailureReason).toContain("did not pass the ping health check");
    expect((await invoke("serves")).version).toBe("second");
  });

  test("starts its container again when it ends by itself", async () => {
    const before = (await invoke("serves")).pid;
    const lost = await rejection(invokeRaw("serves", "fault/exit"));
    expect([lost.name, lost.OriginalStatusCode]).toEqual(["ModelError", 500]);
    await expect.poll(async () => (await invoke("serves").catch(() => ({ pid: before }))).pid, { timeout: 20_000 }).not.toBe(before);
  });

  test("fails when its model data is missing, and names the URL", async () => {
    await createEndpoint(platform, "no-model", { modelDataUrl: `s3://${bucket}/nothing/model.tar.gz` });
    await expect.poll(async () => (await describeEndpoint("no-model")).EndpointStatus).toBe("Failed");
    expect((await describeEndpoint("no-model")).FailureReason).toContain(`from URL: "s3://${bucket}/nothing/model.tar.gz"`);
  });

  test("fails when its model data is no archive", async () => {
    await putText(platform.s3, "broken/model.tar.gz", "this is no archive");
    await createEndpoint(platform, "bad-model", { modelDataUrl: `s3://${bucket}/broken/model.tar.gz` });
    await expect.poll(async () => (await describeEndpoint("bad-model")).EndpointStatus).toBe("Failed");
    expect((await describeEndpoint("bad-model")).FailureReason).toContain("incorrect header check");
  });

  test("that is deleted is gone for describe, in AWS's words", async () => {
    const { sagemaker } = platform;
    await sagemaker.send(new DeleteEndpointCommand({ EndpointName: "serves" }));
    await waitUntilEndpointDeleted({ client: sagemaker, maxWaitTime: 30, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: "serves" });
    const error = await rejection(describeEndpoint("serves"));
    expect(error.message).toBe(`Could not find endpoint "arn:aws:sagemaker:${region}:${account}:endpoint/serves".`);
    const listed = await sagemaker.send(new ListEndpointsCommand({ NameContains: "serves" }));
    expect(listed.Endpoints).toEqual([]);
  });
});

describe("an endpoint configuration", () => {
  test("gives back what it was created with, and weight 1 where none was said", async () => {
    const described = await platform.sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: "second" }));
    expect(described.ProductionVariants).toEqual([
      { VariantName: "primary", ModelName: "second", InstanceType: "ml.m5.large", InitialInstanceCount: 1, InitialVariantWeight: 1 },
    ]);
  });

  test.each([
    [
      "a model that does not exist",
      { ModelName: "absent", InstanceType: "ml.m5.large" as const, InitialInstanceCount: 1 },
      "Could not find model",
    ],
    ["neither instances nor serverless", { ModelName: "second" }, "must have an InstanceType or a ServerlessConfig"],
    [
      "a memory size AWS does not have",
      { ModelName: "second", ServerlessConfig: { MemorySizeInMB: 1_500, MaxConcurrency: 1 } },
      "Memory size 1500 is not supported",
    ],
  ])("with %s is refused", async (_, variant, message) => {
    const command = new CreateEndpointConfigCommand({
      EndpointConfigName: "refused",
      ProductionVariants: [{ VariantName: "primary", ...variant }],
    });
    const error = await rejection(platform.sagemaker.send(command));
    expect(error.name).toBe("ValidationException");
    expect(error.message).toContain(message);
  });

  test("that does not exist cannot become an endpoint", async () => {
    const error = await rejection(platform.sagemaker.send(new CreateEndpointCommand({ EndpointName: "e", EndpointConfigName: "absent" })));
    expect(error.message).toBe(`Could not find endpoint configuration "arn:aws:sagemaker:${region}:${account}:endpoint-config/absent".`);
  });
});

function describeEndpoint(name: string) {
  return platform.sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
}

async function inService(name: string): Promise<void> {
  await waitUntilEndpointInService({ client: platform.sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: name });
}

function invokeRaw(name: string, contentType: string) {
  return platform.runtime.send(new InvokeEndpointCommand({ EndpointName: name, ContentType: contentType, Body: "x" }));
}

async function invoke(name: string): Promise<Record<string, unknown>> {
  const { Body } = await invokeRaw(name, "text/plain");
  return JSON.parse(Body.transformToString());
}
