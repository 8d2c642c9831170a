import { describe, expect, it } from "vitest";
import { Operations } from "../../../local/provider/operations";
import { Registry } from "../../../local/provider/registry";
import { UNKNOWN } from "../../../local/provider/values";
import { testContext } from "./context";

const operations = new Operations(new Registry());

describe("a resource with no local behaviour", () => {
  const type = "aws:glue/job:Job";

  it("is recorded: an id, an ARN, its inputs as outputs; and says so once per type", async () => {
    const context = testContext({ urn: `urn:pulumi:test::project::${type}::etl` });
    const { id, outputs } = await operations.create(context, type, { roleArn: "r", __defaults: [] }, false);
    expect(id).toMatch(/^etl-[0-9a-f]{7}$/);
    expect(outputs).toEqual({ roleArn: "r", region: "us-east-1", arn: `arn:aws:glue:us-east-1:000000000000:job/${id}` });
    await operations.create(context, type, { roleArn: "r" }, false);
    expect(context.lines).toEqual([`${type} has no local behaviour: it is recorded in the state, and nothing else happens`]);
  });

  it("keeps its state in a refresh, and its computed outputs in an update", async () => {
    const state = { roleArn: "r", arn: "arn:aws:glue:x", region: "us-east-1" };
    expect((await operations.read(testContext(), type, "etl", state, { roleArn: "r" }))?.outputs).toEqual(state);
    const change = { id: "etl", olds: { roleArn: "r" }, news: { timeout: 5 }, state };
    expect(await operations.update(testContext(), type, change, false)).toEqual({ timeout: 5, arn: "arn:aws:glue:x", region: "us-east-1" });
  });

  it("cannot be imported, for there is nothing to read", async () => {
    await expect(operations.read(testContext(), type, "etl", {}, {})).rejects.toThrow("aws:glue/job:Job etl cannot be imported");
  });

  it("has ids and outputs as AWS gives them where programs read them", async () => {
    const vpc = await operations.create(testContext(), "aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16" }, false);
    expect(vpc.id).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(vpc.outputs).toMatchObject({ arn: `arn:aws:ec2:us-east-1:000000000000:vpc/${vpc.id}`, ownerId: "000000000000" });
    const eip = await operations.create(testContext(), "aws:ec2/eip:Eip", {}, false);
    expect(eip.outputs).toMatchObject({ allocationId: eip.id, publicIp: expect.stringMatching(/^203\.0\.113\.\d+$/) });
  });
});

describe("a type of another package", () => {
  it("is refused by name", () => {
    expect(() => operations.registry.spec("docker:index/container:Container")).toThrow(
      "docker:index/container:Container has no local behaviour: run this stack on AWS, or leave the resource out of the local stack",
    );
  });
});

describe("a preview", () => {
  const type = "aws:s3/bucket:Bucket";

  it("of a creation shows what is given, and what AWS will compute as unknown", async () => {
    const { id, outputs } = await operations.create(testContext(), type, { bucket: "data", tags: { a: UNKNOWN } }, true);
    expect(id).toBe("");
    expect(outputs).toMatchObject({ bucket: "data", arn: UNKNOWN, region: "us-east-1", tagsAll: UNKNOWN });
  });

  it("of an update keeps what stays, and shows as unknown only what the update computes anew", async () => {
    const context = testContext();
    const object = "aws:s3/bucketObjectv2:BucketObjectv2";
    const state = { bucket: "b", key: "k", content: "1", etag: "old", versionId: "v1", arn: "arn:aws:s3:::b/k" };
    const change = { id: "b/k", olds: { bucket: "b", key: "k", content: "1" }, news: { bucket: "b", key: "k", content: "2" }, state };
    expect(await operations.update(context, object, change, true)).toEqual({
      bucket: "b",
      key: "k",
      content: "2",
      etag: UNKNOWN,
      versionId: UNKNOWN,
      arn: "arn:aws:s3:::b/k",
      region: "us-east-1",
    });
  });

  it("is never followed by a creation with unknown values", async () => {
    await expect(operations.create(testContext(), type, { bucket: UNKNOWN }, false)).rejects.toThrow(
      "unknown values outside of a preview: bucket",
    );
  });
});

describe("a difference", () => {
  it("is seen when only the provider's default tags changed", () => {
    const context = testContext({ defaultTags: { env: "prod" } });
    const inputs = { bucket: "data", tags: { team: "ml" }, __defaults: [] };
    const change = { id: "data", olds: inputs, news: inputs, state: { ...inputs, tagsAll: { team: "ml", env: "dev" } } };
    expect(operations.diff(context, "aws:s3/bucket:Bucket", change, []).differences).toEqual([
      { path: "tagsAll", kind: "update", replaces: false },
    ]);
  });

  it("of the region replaces every AWS resource", () => {
    const change = { id: "q", olds: { region: "us-east-1" }, news: { region: "eu-west-1" }, state: {} };
    expect(operations.diff(testContext(), "aws:glue/job:Job", change, []).differences).toEqual([
      { path: "region", kind: "update", replaces: true },
    ]);
  });

  it("deletes first where the real provider does, whoever named the resource", () => {
    const change = { id: "r", olds: { policy: "{}", repository: "r" }, news: { policy: '{"rules":[]}', repository: "r" }, state: {} };
    expect(operations.diff(testContext(), "aws:ecr/lifecyclePolicy:LifecyclePolicy", change, [])).toEqual({
      differences: [{ path: "policy", kind: "update", replaces: true }],
      deleteBeforeReplace: true,
    });
  });
});

describe("titles in messages", () => {
  it("are as the real provider writes them", () => {
    const { registry } = operations;
    expect(registry.title("aws:sagemaker/endpointConfiguration:EndpointConfiguration")).toBe("SageMaker AI Endpoint Configuration");
    expect(registry.title("aws:s3/bucket:Bucket")).toBe("S3 Bucket");
    expect(registry.title("docker:index/image:Image")).toBe("Docker Image");
  });
});

describe("an endpoint that does not answer", () => {
  it("is reported with the cure", async () => {
    const work = operations.create(testContext(), "aws:ecr/repository:Repository", { name: "models" }, false);
    await expect(work).rejects.toThrow("creating ECR Repository (models): the local AWS endpoint does not answer: run `slipway local up`");
  });
});
