import { describe, expect, it } from "vitest";
import { ecrImmutableAndScanned, iamNoFullWildcard, noPlainSecrets, rules, s3PublicAccessBlocked } from "../../policy/index";
import { faultsOf, resource, stackFaultsOf } from "./verdict";

describe("the pack", () => {
  it("holds every rule once, each mandatory and described", () => {
    expect(rules.map(({ name }) => name)).toEqual([
      "ecr-immutable-and-scanned",
      "iam-no-full-wildcard",
      "no-plain-secrets",
      "s3-public-access-blocked",
    ]);
    for (const rule of rules) expect(rule).toMatchObject({ enforcementLevel: "mandatory", description: expect.stringMatching(/\.$/) });
  });

  it("says nothing about resources of other types", async () => {
    for (const rule of [ecrImmutableAndScanned, iamNoFullWildcard, noPlainSecrets]) {
      expect(await faultsOf(rule, "aws:sns/topic:Topic", { environment: { PASSWORD: "hunter2" } })).toEqual([]);
    }
  });
});

describe("ecr-immutable-and-scanned", () => {
  const type = "aws:ecr/repository:Repository";

  it("accepts an immutable repository that scans", async () => {
    const props = { imageTagMutability: "IMMUTABLE", imageScanningConfiguration: { scanOnPush: true } };
    expect(await faultsOf(ecrImmutableAndScanned, type, props)).toEqual([]);
  });

  it("names both faults of a repository with AWS's own defaults", async () => {
    expect(await faultsOf(ecrImmutableAndScanned, type, {})).toEqual([
      'imageTagMutability is "MUTABLE"; set it to "IMMUTABLE".',
      "imageScanningConfiguration.scanOnPush is not true; set it to true.",
    ]);
  });
});

describe("iam-no-full-wildcard", () => {
  const type = "aws:iam/rolePolicy:RolePolicy";
  const allow = (statement: Record<string, unknown>) => ({
    policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] }),
  });

  it.each([
    ["named actions on every resource", { Action: ["ecr:GetAuthorizationToken", "ecr:Describe*"], Resource: "*" }],
    ["every action on named resources", { Action: "s3:*", Resource: ["arn:aws:s3:::models/*"] }],
    ["a denial", { Effect: "Deny", Action: "*", Resource: "*" }],
  ])("accepts %s", async (_, statement) => {
    expect(await faultsOf(iamNoFullWildcard, type, allow(statement))).toEqual([]);
  });

  it.each([
    [{ Action: "*", Resource: "*" }, "policy allows * on every resource; name the actions, or the resources' ARNs."],
    [
      { Action: ["s3:GetObject", "sagemaker:*"], Resource: ["*"] },
      "policy allows sagemaker:* on every resource; name the actions, or the resources' ARNs.",
    ],
    [
      { NotAction: "iam:*", NotResource: "arn:aws:s3:::models" },
      "policy allows everything but iam:* on every resource; name the actions, or the resources' ARNs.",
    ],
  ])("refuses %j", async (statement, fault) => {
    expect(await faultsOf(iamNoFullWildcard, type, allow(statement))).toEqual([fault]);
  });
});

describe("no-plain-secrets", () => {
  const job = "aws:sagemaker/trainingJob:TrainingJob";
  const fault = (path: string) =>
    `${path} looks like a secret; keep it in AWS Secrets Manager, pass its ARN, and let the code read it by its role.`;

  it("accepts settings that only sound alike, and references to secrets", async () => {
    const environment = {
      MAX_TOKENS: "512",
      TOKEN_LIMIT: "4096",
      HF_TOKEN_ARN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hf",
      DB_SECRET: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
      TOKENIZER: "bpe",
      KEYBOARD: "qwerty",
    };
    expect(await faultsOf(noPlainSecrets, job, { environment, hyperParameters: { tokens: "8" } })).toEqual([]);
  });

  it("refuses a training job's password, camel-cased key and access key by value", async () => {
    const props = { environment: { DB_PASSWORD: "hunter2", WHO: "AKIAIOSFODNN7EXAMPLE" }, hyperParameters: { apiKey: "abc" } };
    expect(await faultsOf(noPlainSecrets, job, props)).toEqual([
      fault("environment.DB_PASSWORD"),
      fault("environment.WHO"),
      fault("hyperParameters.apiKey"),
    ]);
  });

  it("looks into every container of a model", async () => {
    const secret = { environment: { HF_TOKEN: "hf_abc" } };
    expect(await faultsOf(noPlainSecrets, "aws:sagemaker/model:Model", { primaryContainer: secret, containers: [{}, secret] })).toEqual([
      fault("primaryContainer.environment.HF_TOKEN"),
      fault("containers[1].environment.HF_TOKEN"),
    ]);
  });

  it("looks into a function's variables", async () => {
    const props = { environment: { variables: { ENDPOINT_NAME: "iris", SESSION_SECRET: "x" } } };
    expect(await faultsOf(noPlainSecrets, "aws:lambda/function:Function", props)).toEqual([fault("environment.variables.SESSION_SECRET")]);
  });
});

describe("s3-public-access-blocked", () => {
  const on = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
  const bucket = resource({ type: "aws:s3/bucket:Bucket", name: "artifacts", props: {} });
  const blockType = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
  const block = (props: Record<string, unknown>) => resource({ type: blockType, name: "block", props, from: { bucket: [bucket] } });

  it("accepts a bucket whose block has all four switches on", async () => {
    expect(await stackFaultsOf(s3PublicAccessBlocked, [bucket, block(on)])).toEqual([]);
  });

  it("finds the block of a bucket given by name", async () => {
    const named = resource({ type: "aws:s3/bucket:Bucket", name: "named", props: { bucket: "models" } });
    const byName = resource({ type: blockType, name: "by-name", props: { ...on, bucket: "models" } });
    expect(await stackFaultsOf(s3PublicAccessBlocked, [named, byName])).toEqual([]);
  });

  it("refuses a bucket without a block, even beside one that has it", async () => {
    const bare = resource({ type: "aws:s3/bucket:Bucket", name: "bare", props: {} });
    expect(await stackFaultsOf(s3PublicAccessBlocked, [bucket, block(on), bare])).toEqual([
      "bare: has no BucketPublicAccessBlock; create one with all four switches on.",
    ]);
  });

  it("names the switches that are off", async () => {
    const half = block({ ...on, blockPublicPolicy: false, restrictPublicBuckets: undefined });
    expect(await stackFaultsOf(s3PublicAccessBlocked, [bucket, half])).toEqual([
      "artifacts: its BucketPublicAccessBlock leaves blockPublicPolicy, restrictPublicBuckets off; set each to true.",
    ]);
  });
});
