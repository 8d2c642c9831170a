import { describe, expect, it } from "vitest";
import { frameworkImage, frameworkRepository } from "../../../local/images/prebuilt/framework-image";
import { frameworkRepositories, registryAccount } from "../../../local/images/prebuilt/registries";

const of = (uri: string) => {
  const image = frameworkImage(uri);
  return image && [image.repository.package, image.version, image.python, image.gpu];
};
const sagemaker = "683313688378.dkr.ecr.us-east-1.amazonaws.com";
const deepLearning = "763104351884.dkr.ecr.eu-west-1.amazonaws.com";

describe("names of AWS's framework images", () => {
  it.each([
    [`${sagemaker}/sagemaker-scikit-learn:1.2-1-cpu-py3`, ["scikit-learn", "1.2.1", undefined, false]],
    [`${sagemaker}/sagemaker-scikit-learn:1.0-1-cpu-py3`, ["scikit-learn", "1.0.2", undefined, false]],
    [`${sagemaker}/sagemaker-scikit-learn:9.9-1-cpu-py3`, ["scikit-learn", "9.9", undefined, false]],
    [`${sagemaker}/sagemaker-xgboost:1.7-1`, ["xgboost", "1.7.4", undefined, false]],
    [`${deepLearning}/pytorch-training:2.1.0-cpu-py310`, ["torch", "2.1.0", "3.10", false]],
    [`${deepLearning}/pytorch-inference:2.5.1-gpu-py311-cu124-ubuntu22.04-sagemaker`, ["torch", "2.5.1", "3.11", true]],
    ["727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/pytorch-training:2.1-cpu-py310", ["torch", "2.1", "3.10", false]],
  ])("%s", (uri, expected) => {
    expect(of(uri)).toEqual(expected);
  });

  it.each([
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
    `${deepLearning}/sagemaker-scikit-learn:1.2-1-cpu-py3`,
    `${deepLearning}/tensorflow-training:2.14.1-cpu-py310`,
    `${deepLearning}/pytorch-training`,
    `${deepLearning}/pytorch-training:latest`,
    `${deepLearning}/other/pytorch-training:2.1.0-cpu-py310`,
    `evil.example/${deepLearning}/pytorch-training:2.1.0-cpu-py310`,
    "python:3.11",
  ])("%s is none", (uri) => {
    expect(of(uri)).toBeUndefined();
  });

  it("are told from a repository alone, with a tag or a digest", () => {
    for (const end of ["", ":2.1.0-cpu-py310", `@sha256:${"0".repeat(64)}`]) {
      expect(frameworkRepository(`${deepLearning}/pytorch-training${end}`)?.framework).toBe("PyTorch");
    }
  });

  it("have accounts of twelve digits, and an example that is understood", () => {
    for (const { accounts, repository, exampleTag } of frameworkRepositories) {
      expect(Object.values(accounts).filter((account) => !/^\d{12}$/.test(account))).toEqual([]);
      expect(of(`${accounts["us-east-1"]}.dkr.ecr.us-east-1.amazonaws.com/${repository}:${exampleTag}`)).toBeDefined();
    }
  });

  it("are in an account by region and kind of repository", () => {
    expect(
      [
        ["sagemaker-scikit-learn", "eu-central-1"],
        ["sagemaker-xgboost", "us-east-1"],
        ["pytorch-training", "us-east-1"],
        ["huggingface-pytorch-inference", "eu-south-1"],
        ["pytorch-training", "mars-1"],
      ].map(([repository = "", region = ""]) => registryAccount(repository, region)),
    ).toEqual(["492215442770", "683313688378", "763104351884", "692866216735", undefined]);
  });
});
