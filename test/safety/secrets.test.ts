import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { ModelService, type ModelServiceArgs } from "../../components";
import { notTooLong, shortEnough } from "../../components/arguments/later-settings";
import { looksSecret } from "../../components/arguments/secret-names";
import { jobPage } from "../../local/console/job-pages";
import type { TrainingJobRecord } from "../../local/control-plane/records";
import { FakeAws } from "../support/fake-aws";
import { MockedEngine } from "../support/mocks";
import { imageUri, platform } from "../support/platform";
import { promiseOf, refusalOf } from "../support/promise-of";
import { isAllowed, statementsOf } from "./iam/evaluate";

const secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:hf-1a2B3c";
const parameter = "arn:aws:ssm:eu-central-1:123456789012:parameter/flowers/key";

describe("a setting", () => {
  it.each([
    ["HF_TOKEN", "hf_abc"],
    ["dbPassword", "hunter2"],
    ["apiKey", "abc"],
    ["AWS_SECRET_ACCESS_KEY", "wJalr"],
    ["client-secret", "x"],
    ["WHO", "AKIAIOSFODNN7EXAMPLE"],
    ["CERTIFICATE", "-----BEGIN RSA PRIVATE KEY-----\nMII"],
  ])("looks like a secret: %s", (name, value) => {
    expect(looksSecret(name, value)).toBe(true);
  });

  it.each([
    ["HF_TOKEN", secret],
    ["API_KEY", "{{resolve:secretsmanager:hf}}"],
    ["TOKEN_FILE", "/opt/ml/token"],
    ["MAX_TOKENS", "512"],
    ["pad_token", "<pad>"],
    ["eosToken", "</s>"],
    ["USE_AUTH_TOKEN", "true"],
    ["PASSWORD", ""],
    ["TOKENIZER", "bpe"],
    ["KEYBOARD", "qwerty"],
  ])("looks like none: %s", (name, value) => {
    expect(looksSecret(name, value)).toBe(false);
  });
});

describe("a model", () => {
  let engine: MockedEngine;
  let aws: FakeAws;
  beforeAll(async () => {
    aws = await FakeAws.start();
  });
  afterAll(() => aws.stop());
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  const declare = (args: Partial<ModelServiceArgs>) => () =>
    new ModelService("iris", { platform, image: imageUri, realtime: { instanceType: "ml.m5.large" }, ...args });
  const training = { instanceType: "ml.m5.large", channels: { train: "s3://data/iris/" } };

  test("with plain secrets is refused, and the refusal names each and shows none", () => {
    const refusal = refusalOf(
      declare({
        environment: { HF_TOKEN: "hf_abc", LEVEL: "info" },
        training: { ...training, environment: { DB_PASSWORD: "hunter2" }, hyperparameters: { apiKey: "k-123" } },
      }),
    );
    for (const path of ["environment.HF_TOKEN", "training.environment.DB_PASSWORD", "training.hyperparameters.apiKey"]) {
      expect(refusal).toContain(`${path}: looks like a secret`);
    }
    expect(refusal).not.toMatch(/hf_abc|hunter2|k-123/);
  });

  test("shows no secret where it refuses something else of it", () => {
    expect(refusalOf(declare({ environment: { "HF-TOKEN": "hf_abc".repeat(400) } }))).not.toContain("hf_abc");
  });

  test("that names secrets and parameters by ARN may read these, and no others", async () => {
    declare({
      environment: { HF_TOKEN: secret, KEY: pulumi.output(parameter) },
      training: { ...training, environment: { HF_TOKEN: secret.slice(0, -7) } },
    })();
    await MockedEngine.settled();
    const may = (role: string, action: string, resource: string) =>
      isAllowed(statementsOf(String(engine.one("aws:iam/rolePolicy:RolePolicy", `${role}-policy`).inputs.policy)), { action, resource });
    expect(may("iris-serving-role", "secretsmanager:GetSecretValue", secret)).toBe(true);
    expect(may("iris-serving-role", "ssm:GetParameter", parameter)).toBe(true);
    expect(may("iris-serving-role", "secretsmanager:GetSecretValue", secret.replace("hf", "db"))).toBe(false);
    expect(may("iris-serving-role", "secretsmanager:PutSecretValue", secret)).toBe(false);
    // Given without the six characters that AWS adds to the name.
    expect(may("iris-training-role", "secretsmanager:GetSecretValue", secret)).toBe(true);
    expect(may("iris-training-role", "secretsmanager:GetSecretValue", `${secret}x`)).toBe(false);
    expect(may("iris-training-role", "ssm:GetParameter", parameter)).toBe(false);
  });

  test("with variants may read what these name too, and nothing else", async () => {
    const other = secret.replace("hf-", "beta-");
    const variants = { beta: { weight: 1, environment: { HF_TOKEN: other } } };
    declare({ environment: { HF_TOKEN: secret }, realtime: { instanceType: "ml.m5.large", variants } })();
    await MockedEngine.settled();
    const { inputs } = engine.one("aws:iam/rolePolicy:RolePolicy", "iris-serving-role-policy");
    const reads = statementsOf(String(inputs.policy)).find(({ Sid }) => Sid === "ReadSecrets");
    expect(reads?.Resource).toEqual([other, secret]);
  });

  test("with a shadow that has secrets of its own may read these", async () => {
    const shadow = { samplingPercentage: 10, environment: { KEY: parameter } };
    declare({ realtime: { instanceType: "ml.m5.large", shadow } })();
    await MockedEngine.settled();
    const { inputs } = engine.one("aws:iam/rolePolicy:RolePolicy", "iris-serving-role-policy");
    expect(statementsOf(String(inputs.policy)).find(({ Sid }) => Sid === "ReadParameters")?.Resource).toEqual([parameter]);
  });

  test("refuses a stack secret that AWS would refuse and repeat, and shows it not", async () => {
    const place = { component: "TrainingJob", name: "iris-training", path: "environment", max: 512 };
    const refusal = refusalOf(() => notTooLong("NOTE", "plain".repeat(300), place));
    expect(refusal).toContain("environment.NOTE: has 1500 characters; at most 512 are allowed");
    expect(refusal).not.toContain("plain");
    const { NOTE, MODE } = shortEnough({ NOTE: pulumi.secret("plain"), MODE: "fast" }, place);
    expect([await promiseOf(NOTE as pulumi.Output<string>), MODE]).toEqual(["plain", "fast"]);
  });

  test("that names none has no statement for them, whatever its environment says", async () => {
    declare({ environment: { LEVEL: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:*" } })();
    await MockedEngine.settled();
    const { inputs } = engine.one("aws:iam/rolePolicy:RolePolicy", "iris-serving-role-policy");
    expect(String(inputs.policy)).not.toMatch(/secretsmanager|ssm:/);
  });

  test("with stack secrets in its environments hands them to the engine as secrets, and keeps none of its outputs from whoever calls it", async () => {
    const LICENCE = pulumi.secret("L-123");
    const iris = declare({ environment: { LICENCE }, training: { ...training, environment: { LICENCE } } })();
    const isSecret = (value: unknown) => (value as { readonly isSecret: Promise<boolean> }).isSecret;
    expect(await isSecret(iris.nodes.endpoint.nodes.model.primaryContainer)).toBe(true);
    expect(await isSecret(iris.nodes.training?.nodes.job.environment)).toBe(true);
    expect(await Promise.all([iris.outputs, iris.endpointName, iris.nodes.training?.modelDataUrl].map(isSecret))).toEqual([
      false,
      false,
      false,
    ]);
  });
});

test("the console shows hyperparameters of a job, but none that looks like a secret", () => {
  const record = { name: "iris-1", status: "Completed", secondaryStatus: "Completed", createdAt: 0, modifiedAt: 0, transitions: [] };
  const request = { HyperParameters: { depth: "4", apiKey: "k-123", who: "AKIAIOSFODNN7EXAMPLE" }, Environment: { MODE: "fast-mode" } };
  const page = jobPage({ region: "us-east-1", record: { ...record, request } as unknown as TrainingJobRecord }, [], 0).text;
  expect(page).toContain("<dt>Hyperparameter depth</dt><dd>4</dd>");
  expect(page).toContain("<dt>Hyperparameter apiKey</dt><dd>(not shown: it looks like a secret)</dd>");
  expect(page).not.toMatch(/k-123|AKIA|fast-mode/);
});
