import { CreateEndpointCommand, CreateEndpointConfigCommand, CreateModelCommand, DescribeEndpointCommand } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bucket, type Platform, putText, role, startPlatform } from "./support/platform";
import { changeSeconds } from "./support/target";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

/** An endpoint whose model is everything below a prefix. */
async function serve(name: string, prefix: string): Promise<void> {
  const S3DataSource = { S3Uri: `s3://${bucket}/${prefix}`, S3DataType: "S3Prefix", CompressionType: "None" } as const;
  const PrimaryContainer = { Image: platform.image.uri, ModelDataSource: { S3DataSource } };
  const variant = { VariantName: "main", ModelName: name, InstanceType: "ml.m5.large", InitialInstanceCount: 1 } as const;
  await platform.sagemaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn: role, PrimaryContainer }));
  await platform.sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }));
  await platform.sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
}

const described = (EndpointName: string) => platform.sagemaker.send(new DescribeEndpointCommand({ EndpointName }));

test("an endpoint serves a model that is not packed from all objects below its prefix, and from no others", async () => {
  await putText(platform.s3, "large/model.json", JSON.stringify({ job: "large" }));
  await putText(platform.s3, "large-other/model.json", JSON.stringify({ job: "other" }));
  await serve("large", "large/");
  await expect.poll(async () => (await described("large")).EndpointStatus, { timeout: changeSeconds * 1_000 }).toBe("InService");
  const { Body } = await platform.runtime.send(new InvokeEndpointCommand({ EndpointName: "large", ContentType: "text/plain", Body: "x" }));
  expect(JSON.parse(Body.transformToString())).toMatchObject({ model: { job: "large" } });
});

test("an endpoint with nothing below its prefix fails and names it", async () => {
  await serve("empty", "nothing/");
  await expect.poll(async () => (await described("empty")).EndpointStatus, { timeout: changeSeconds * 1_000 }).toBe("Failed");
  expect((await described("empty")).FailureReason).toContain(`no object was found under s3://${bucket}/nothing/`);
});
