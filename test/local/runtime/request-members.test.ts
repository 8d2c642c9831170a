import { describe, expect, test } from "vitest";
import { containerHeaders, readMembers } from "../../../local/runtime/request-members";
import { errorStatus, type RuntimeOperation, requestMembers, runtimePattern } from "../../../local/service-model/runtime-model";

const operations: RuntimeOperation[] = ["InvokeEndpoint", "InvokeEndpointAsync", "InvokeEndpointWithResponseStream"];

test.each(operations)("every pattern of %s is one that JavaScript understands as Java does", (operation) => {
  for (const { name, shape } of requestMembers(operation)) {
    if (shape.pattern !== undefined) {
      expect(runtimePattern(shape.pattern).source, name).not.toMatch(/\\[Az]|\\p\{/);
    }
  }
});

describe("a value", () => {
  test.each([
    ["x-amzn-sagemaker-inference-id", "a b~!", "InferenceId"],
    ["x-amzn-sagemaker-custom-attributes", "with\ttab", "CustomAttributes"],
    ["x-amzn-sagemaker-session-id", "NEW_SESSION", "SessionId"],
    ["x-amzn-sagemaker-target-variant", "a--b", "TargetVariant"],
  ])("in %s that AWS allows is taken", (header, value, member) => {
    expect(readMembers("InvokeEndpoint", "e", { [header]: value })).toEqual({ EndpointName: "e", [member]: value });
  });

  test.each([
    ["x-amzn-sagemaker-inference-id", " a"],
    ["x-amzn-sagemaker-inference-id", "a\u0007"],
    ["x-amzn-sagemaker-custom-attributes", "\u00e9"],
    ["x-amzn-sagemaker-session-id", "NEW_SESSIONS"],
    ["x-amzn-sagemaker-target-variant", "a-"],
  ])("in %s that AWS does not allow is refused", (header, value) => {
    expect(() => readMembers("InvokeEndpoint", "e", { [header]: value })).toThrow(
      "failed to satisfy constraint: Member must satisfy regular",
    );
  });

  test("that is sensitive is not repeated", () => {
    const header = { "x-amzn-sagemaker-custom-attributes": `secret${"x".repeat(1_024)}` };
    expect(() => readMembers("InvokeEndpoint", "e", header)).toThrow(/^1 validation error detected: Value at 'customAttributes' /);
  });

  test("that is no number where one is wanted is refused", () => {
    const header = { "x-amzn-sagemaker-requestttlseconds": "1e3" };
    expect(() => readMembers("InvokeEndpointAsync", "e", header)).toThrow("Value '1e3' at 'requestTTLSeconds'");
  });
});

test("each operation has its own header for what the caller accepts", () => {
  const headers = { accept: "a/b", "x-amzn-sagemaker-accept": "c/d", "content-type": "e/f", "x-amzn-sagemaker-content-type": "g/h" };
  const passed = (operation: RuntimeOperation) => containerHeaders(readMembers(operation, "e", headers));
  expect(passed("InvokeEndpoint")).toEqual({ accept: "a/b", "content-type": "e/f" });
  expect(passed("InvokeEndpointWithResponseStream")).toEqual({ accept: "c/d", "content-type": "e/f" });
  expect(passed("InvokeEndpointAsync")).toEqual({ accept: "c/d", "content-type": "g/h" });
});

test("the status of an error is the model's", () => {
  expect(["ModelError", "ValidationError", "ServiceUnavailable", "ModelNotReadyException", "InternalFailure"].map(errorStatus)).toEqual([
    424, 400, 503, 429, 500,
  ]);
  expect(errorStatus("ThrottlingException")).toBeUndefined();
});
