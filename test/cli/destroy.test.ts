import { describe, expect, test } from "vitest";
import { size } from "../../cli/aws/resource-content";
import { contentLines, missingKinds } from "../../cli/aws/stack-content";
import { accountOf, modelOf, regionOf, type StackResource } from "../../cli/aws/stack-resources";
import { kindsOf } from "../../cli/commands/destroy";
import { slipway } from "./command";

const resource = (type: string, name: string, more: Partial<StackResource> = {}): StackResource => ({
  urn: `urn:pulumi:prod::shop::${type}::${name}`,
  type,
  ...more,
});

describe("what slipway destroy may lose", () => {
  test("is named kind by kind; anything else is refused with the closest word", () => {
    expect([...kindsOf("objects, endpoints")]).toEqual(["objects", "endpoints"]);
    expect([...kindsOf(undefined)]).toEqual([]);
    expect(() => kindsOf("object")).toThrow('--delete object is not a kind of loss; did you mean "objects"?');
    expect(() => kindsOf("all")).toThrow("--delete all is not a kind of loss");
  });

  test("is missing as long as it is not named, in the order of the help", () => {
    const losses = [
      { kind: "logs", text: "log group /a" },
      { kind: "objects", text: "bucket b" },
      { kind: "objects", text: "bucket c" },
    ] as const;
    expect(missingKinds(losses, new Set())).toEqual(["objects", "logs"]);
    expect(missingKinds(losses, new Set(["logs", "keys"] as const))).toEqual(["objects"]);
    expect(missingKinds(losses, new Set(["logs", "objects"] as const))).toEqual([]);
  });

  test("is told after what is in the way, and before what stays", () => {
    const content = {
      losses: [{ kind: "objects", text: "bucket b: 2 objects, 1.0 KiB" }],
      obstacles: [{ text: "s3 Bucket c is protected", cure: "protectData: false" }],
      stays: ["home file system fs-1"],
    } as const;
    expect(contentLines(content)).toEqual([
      "in the way  s3 Bucket c is protected",
      "goes  objects  bucket b: 2 objects, 1.0 KiB",
      "stays  home file system fs-1",
    ]);
  });

  test.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [2048, "2.0 KiB"],
    [5_872_025, "5.6 MiB"],
    [3 * 1024 ** 4, "3.0 TiB"],
    [3 * 1024 ** 5, "3072.0 TiB"],
  ])("is %i bytes, which reads %s", (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });
});

describe("a resource of a stack", () => {
  test("belongs to the model whose component is above it, and is where its provider or its ARN says", () => {
    const model = resource("slipway:index:ModelService", "iris");
    const component = resource("slipway:index:Endpoint", "iris-endpoint", { parent: model.urn });
    const arn = "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/shop-iris";
    const endpoint = resource("aws:sagemaker/endpoint:Endpoint", "iris-endpoint", { parent: component.urn, outputs: { arn } });
    const byUrn = new Map([model, component, endpoint].map((each) => [each.urn, each]));
    expect([modelOf(endpoint, byUrn), modelOf(resource("aws:s3/bucket:Bucket", "b"), byUrn)]).toEqual(["iris", undefined]);
    expect(regionOf(endpoint)).toBe("eu-west-1");
    expect(regionOf({ ...endpoint, outputs: { arn, region: "us-west-2" } })).toBe("us-west-2");
    const bucket = resource("aws:s3/bucket:Bucket", "b", { outputs: { arn: "arn:aws:s3:::b" } });
    expect([regionOf(bucket), accountOf([bucket]), accountOf([bucket, endpoint])]).toEqual([undefined, undefined, "123456789012"]);
  });
});

describe("slipway destroy", () => {
  test("without Pulumi, or for a stack that it does not know, says so and destroys nothing", async () => {
    const { exitCode, stdout } = await slipway("/", ["destroy", "--stack", "prod", "--json"], { env: { PATH: "/nonexistent" } });
    expect([exitCode, JSON.parse(stdout).error]).toMatchObject([
      4,
      { code: "SLIP-6001", message: 'The state of stack "prod" cannot be read: the Pulumi CLI is not on PATH' },
    ]);
  });
});
