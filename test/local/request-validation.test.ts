import { describe, expect, test } from "vitest";
import { validateRequest } from "../../local/control-plane/request-validation";
import { ServiceError } from "../../local/control-plane/service-error";
import { allShapes, compilePattern } from "../../local/service-model/service-model";

function refusal(shape: string, request: unknown): [string, string] {
  try {
    validateRequest(shape, request);
  } catch (error) {
    if (error instanceof ServiceError) {
      return [error.code, error.message];
    }
    throw error;
  }
  throw new Error("the request was accepted");
}

const valid = {
  TrainingJobName: "job",
  AlgorithmSpecification: { TrainingImage: "image", TrainingInputMode: "File" },
  RoleArn: "arn:aws:iam::000000000000:role/train",
  OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
};

describe("a request", () => {
  test("that satisfies the service model is given back, without members the model does not know", () => {
    expect(validateRequest("CreateTrainingJobRequest", { ...valid, Unknown: 1 })).toEqual(valid);
  });

  test.each([
    ["a list in place of an object", [], "The request is not an object"],
    ["a number in place of a text", { ...valid, TrainingJobName: 5 }, "The value at 'trainingJobName' is not a string"],
    [
      "a fraction in place of a count",
      { ...valid, ResourceConfig: { ...valid.ResourceConfig, InstanceCount: 1.5 } },
      "The value at 'resourceConfig.instanceCount' is not a whole number",
    ],
  ])("with %s is a SerializationException that names the place", (_, request, message) => {
    expect(refusal("CreateTrainingJobRequest", request)).toEqual(["SerializationException", message]);
  });

  test.each([
    [
      "an enum value AWS does not have",
      { ...valid, AlgorithmSpecification: { TrainingImage: "image", TrainingInputMode: "Stream" } },
      "Value 'Stream' at 'algorithmSpecification.trainingInputMode' failed to satisfy constraint: Member must satisfy enum value set: [Pipe, File, FastFile]",
    ],
    [
      "a name that is too long",
      { ...valid, TrainingJobName: "a".repeat(64) },
      `Value '${"a".repeat(64)}' at 'trainingJobName' failed to satisfy constraint: Member must have length less than or equal to 63`,
    ],
    [
      "too few instances",
      { ...valid, ResourceConfig: { ...valid.ResourceConfig, InstanceCount: -1 } },
      "Value '-1' at 'resourceConfig.instanceCount' failed to satisfy constraint: Member must have value greater than or equal to 0",
    ],
    [
      "a channel without a name",
      { ...valid, InputDataConfig: [{ DataSource: {} }] },
      "Value null at 'inputDataConfig.1.member.channelName' failed to satisfy constraint: Member must not be null",
    ],
  ])("with %s is a ValidationException in AWS's form", (_, request, violation) => {
    const [code, message] = refusal("CreateTrainingJobRequest", request);
    expect(code).toBe("ValidationException");
    expect(message).toContain(violation);
  });

  test("has its timestamps as dates, whether they came as seconds or as text", () => {
    const seconds = validateRequest("ListEndpointsInput", { CreationTimeAfter: 1_700_000_000.5 });
    expect(seconds).toEqual({ CreationTimeAfter: new Date(1_700_000_000_500) });
    const text = validateRequest("ListEndpointsInput", { CreationTimeAfter: "2026-01-01T00:00:00Z" });
    expect(text).toEqual({ CreationTimeAfter: new Date("2026-01-01T00:00:00Z") });
  });
});

describe("values inside lists and maps", () => {
  test("are named by the list, with all that an entry must satisfy, as AWS prints them", () => {
    expect(refusal("DeleteTagsInput", { ResourceArn: "arn:aws:sagemaker:eu-west-1:000000000000:model/m", TagKeys: ["good", ""] })).toEqual([
      "ValidationException",
      "1 validation error detected: Value '[good, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: " +
        "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1, " +
        "Member must satisfy regular expression pattern: ([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)]",
    ]);
  });

  test("are named by the map, once for its keys and once for its values", () => {
    const [code, message] = refusal("CreateTrainingJobRequest", { ...valid, HyperParameters: { epochs: "5", text: "x".repeat(2_501) } });
    expect(code).toBe("ValidationException");
    expect(message).toBe(
      `1 validation error detected: Value '{epochs=5, text=${"x".repeat(2_501)}}' at 'hyperParameters' failed to satisfy constraint: ` +
        "Map value must satisfy constraint: [Member must have length less than or equal to 2500, Member must have length greater than or equal to 0, " +
        "Member must satisfy regular expression pattern: .*]",
    );
    expect(refusal("CreateTrainingJobRequest", { ...valid, Environment: { "not a name": "x" } })[1]).toContain(
      "Value '{not a name=x}' at 'environment' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 512",
    );
  });

  test("of their own members are named by place", () => {
    const tags = [{ Key: "team", Value: "a" }, { Value: "b" }];
    expect(refusal("CreateTrainingJobRequest", { ...valid, Tags: tags })[1]).toBe(
      "1 validation error detected: Value null at 'tags.2.member.key' failed to satisfy constraint: Member must not be null",
    );
  });
});

test("a sensitive value is not repeated in the error", () => {
  const card = { ModelCard: { ModelCardContent: "secret".repeat(20_000), ModelCardStatus: "Draft" } };
  const [, message] = refusal("CreateModelPackageInput", card);
  expect(message).toBe(
    "1 validation error detected: Value at 'modelCard.modelCardContent' failed to satisfy constraint: Member must have length less than or equal to 100000",
  );
});

test("a member called as an object's own is no member of a request", () => {
  expect(validateRequest("DescribeEndpointInput", JSON.parse('{"EndpointName": "e", "__proto__": {"EndpointName": "-"}}'))).toEqual({
    EndpointName: "e",
  });
});

test("what Java's patterns spell otherwise means the same here", () => {
  expect(compilePattern("[a-z]+\\-[0-9a-z\\-]+").test("a-0-z")).toBe(true);
  expect(compilePattern("[a-zA-Z0-9\\ \\_\\.]+").test("a b_c.d")).toBe(true);
  expect(compilePattern("arn:[\\p{Alnum}\\-]+:x").test("arn:aws-cn:x")).toBe(true);
  const counted = `${"([\\p{L}@]*)$"}{1,128}`;
  expect(compilePattern(counted).test("é@")).toBe(true);
  expect(compilePattern(counted).test("é1")).toBe(false);
});

test("JavaScript takes every pattern of the service model, and every shape it refers to is there", () => {
  const shapes = allShapes();
  const taken = (pattern: string): boolean => {
    try {
      return compilePattern(pattern) instanceof RegExp;
    } catch {
      return false;
    }
  };
  expect([...shapes.values()].map(({ pattern }) => pattern ?? "").filter((pattern) => !taken(pattern))).toEqual([]);
  for (const shape of shapes.values()) {
    const references = [...Object.values(shape.members ?? {}), shape.member, shape.key, shape.value].filter((name) => name !== undefined);
    expect(references.filter((name) => !shapes.has(name))).toEqual([]);
  }
});
