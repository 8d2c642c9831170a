import { describe, expect, test } from "vitest";
import { acceleratorOf, architectureOf } from "../../../components/instance-architecture";
import { type FrameworkArgs, frameworkImage, type ImageUse } from "../../../components/registry/framework";

const of = (name: string, version: string | undefined, use: ImageUse, type?: string, more: Partial<FrameworkArgs> = {}) => {
  const found = frameworkImage({ name, ...(version === undefined ? {} : { version }), ...more }, use, type);
  return "fault" in found ? `${found.property}: ${found.fault}` : `${found.repository}:${found.tag}`;
};

describe("AWS's image of a framework", () => {
  test.each([
    ["sklearn", "1.2-1", "training", "ml.m5.large", "sagemaker-scikit-learn:1.2-1-cpu-py3"],
    ["sklearn", "1.2", "serving", undefined, "sagemaker-scikit-learn:1.2-1-cpu-py3"],
    ["xgboost", "1.7", "training", "ml.g5.xlarge", "sagemaker-xgboost:1.7-1"],
    ["pytorch", "2.1.0", "training", "ml.m5.large", "pytorch-training:2.1.0-cpu-py310"],
    ["pytorch", "2.1", "serving", "ml.c5.large", "pytorch-inference:2.1.0-cpu-py310"],
    ["pytorch", "2.5", "serving", "ml.g5.xlarge", "pytorch-inference:2.5.1-gpu-py311"],
    ["pytorch", "2.1.0", "serving", "ml.m7g.large", "pytorch-inference-graviton:2.1.0-cpu-py310-ubuntu20.04-sagemaker"],
    ["pytorch", "2.4", "serving", "ml.c7g.large", "pytorch-inference-graviton:2.4.0-cpu-py311-ubuntu22.04-sagemaker"],
    ["tensorflow", "2.14", "training", "ml.p3.2xlarge", "tensorflow-training:2.14.1-gpu-py310"],
    ["tensorflow", "2.14", "serving", "ml.m5.large", "tensorflow-inference:2.14.1-cpu"],
    [
      "huggingface",
      "4.49.0",
      "training",
      "ml.g5.xlarge",
      "huggingface-pytorch-training:2.5.1-transformers4.49.0-gpu-py311-cu124-ubuntu22.04",
    ],
    ["huggingface", "4.49", "serving", "ml.m5.large", "huggingface-pytorch-inference:2.6.0-transformers4.49.0-cpu-py312-ubuntu22.04"],
  ] as const)("%s %s for %s on %s is %s", (name, version, use, type, expected) => {
    expect(of(name, version, use, type)).toBe(expected);
  });

  test("is the one of a tag that is given, whatever the version", () => {
    const tags = { trainingTag: "2.9.0-cpu-py312", servingTag: "2.9.0-gpu-py312" };
    expect(of("pytorch", undefined, "training", "ml.m5.large", tags)).toBe("pytorch-training:2.9.0-cpu-py312");
    expect(of("pytorch", "1.0", "serving", "ml.inf2.xlarge", tags)).toBe("pytorch-inference:2.9.0-gpu-py312");
  });

  test.each([
    [
      "pytorch",
      "2.8.0",
      "serving",
      "ml.m5.large",
      'version: got "2.8.0"; versions of pytorch-inference for serving on ml.m5.large are 2.0.1, 2.1.0, 2.2.0, 2.3.0, 2.4.0, 2.5.1, 2.6.0 (another: give its tag as servingTag)',
    ],
    [
      "sklearn",
      undefined,
      "training",
      "ml.m5.large",
      "version: is missing; versions of sagemaker-scikit-learn for training on ml.m5.large are 0.23-1, 1.0-1, 1.2-1, 1.4-2 (another: give its tag as trainingTag)",
    ],
    [
      "sklearn",
      "1.2-1",
      "training",
      "ml.g5.xlarge",
      'version: got "1.2-1"; sagemaker-scikit-learn has no image for training on ml.g5.xlarge: choose another instance type',
    ],
    [
      "huggingface",
      "4.49.0",
      "training",
      "ml.m5.large",
      'version: got "4.49.0"; huggingface-pytorch-training has no image for training on ml.m5.large: choose another instance type',
    ],
    [
      "sklearn",
      "1.2-1",
      "serving",
      "ml.m7g.large",
      'name: got "sklearn"; AWS has no image of it for serving on "ml.m7g.large": choose another instance type',
    ],
    [
      "pytorch",
      "2.1.0",
      "serving",
      "ml.inf2.xlarge",
      'name: got "pytorch"; Slipway knows no image of it for serving on "ml.inf2.xlarge": give its tag as servingTag, or an image',
    ],
  ] as const)("%s %s for %s on %s there is none", (name, version, use, type, fault) => {
    expect(of(name, version, use, type)).toBe(fault);
  });
});

test("instance types tell what their processors run and what computes on them", () => {
  const told = (type: string) => [architectureOf(type), acceleratorOf(type)];
  for (const type of ["ml.m6g.large", "ml.c7g.xlarge", "ml.m6gd.large", "ml.c6gn.large", "ml.r8g.large", "ml.r7gd.large"]) {
    expect(told(type)).toEqual(["linux/arm64", "cpu"]);
  }
  for (const type of ["ml.m5.large", "ml.c7i.large", "ml.m5d.large", "ml.t2.medium", "ml.c7i-flex.large"]) {
    expect(told(type)).toEqual(["linux/amd64", "cpu"]);
  }
  for (const type of ["ml.g4dn.xlarge", "ml.g5.xlarge", "ml.g6e.xlarge", "ml.p3.2xlarge", "ml.p4de.24xlarge", "ml.p6-b200.48xlarge"]) {
    expect(told(type)).toEqual(["linux/amd64", "gpu"]);
  }
  expect(told("ml.p6e-gb200.36xlarge")).toEqual(["linux/arm64", "gpu"]);
  expect(told("ml.inf2.xlarge")).toEqual(["linux/amd64", "neuron"]);
});
