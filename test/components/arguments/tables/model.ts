import { imageUri, platform } from "../../../support/platform";
import type { Group } from "./table";

const other = imageUri.replace(/5{64}/, "6".repeat(64));
const realtime = { instanceType: "ml.m5.large" };
const training = { instanceType: "ml.m5.large", channels: { train: "s3://data/iris/" } };
const fastapi = "cli/templates/fastapi";
const script = "cli/templates/script";
const process = { serve: ["python", "app.py", "{port}"] };

export const modelGroups: readonly Group[] = [
  {
    component: "ModelService",
    title: "made from a folder",
    base: { platform, code: "models/iris", realtime },
    rows: {
      platform: [{ ...platform, repositoryUrl: "1.dkr.ecr.eu-central-1.amazonaws.com/other" }, "imageName=1.dkr.ecr", null],
      baseImage: ["debian:12", "build.args.BASE_IMAGE=debian:12", "debian 12"],
      aptPackages: [["ffmpeg"], "build.args.APT_PACKAGES=ffmpeg", ["-y"]],
      architecture: ["linux/arm64", "build.platform=linux/arm64", "arm"],
      modelData: ["s3://weights/model.tar.gz", "modelDataUrl=s3://weights/model.tar.gz", "s3://weights/model"],
      environment: [{ MODE: "fast" }, "primaryContainer.environment.MODE=fast", { MODE: 1 }],
      retain: [2, "aws:sagemaker/model:Model every-endpoint-model retainOnDelete=true", 21],
      contentTypes: [["text/csv"], '"contentTypes":["text/csv"]', ["csv"]],
      "alarms.errorPercent": [1, "threshold=0.01", "1%"],
      "realtime.instanceType": ["ml.m7g.large", "productionVariants.0.instanceType=ml.m7g.large", "m7g"],
    },
  },
  {
    component: "ModelService",
    title: "made from a given image",
    base: { platform, image: imageUri, realtime },
    rows: {
      image: [other, `primaryContainer.image=${other}`, "models:latest"],
      executionRoleArn: [
        "arn:aws:iam::123456789012:role/serve",
        "aws:sagemaker/model:Model every-endpoint-model executionRoleArn=arn:aws:iam::123456789012:role/serve",
        "serve",
      ],
    },
  },
  {
    component: "ModelService",
    title: "that is trained",
    base: { platform, image: imageUri, realtime },
    rows: { training: [training, "aws:sagemaker/trainingJob:TrainingJob", "ml.m5.large"] },
  },
  {
    component: "ModelService",
    title: "served without instances",
    base: { platform, image: imageUri, serverless: { memorySizeInMb: 1024, maxConcurrency: 1 } },
    rows: { serverless: [{ memorySizeInMb: 2048, maxConcurrency: 1 }, "memorySizeInMb=2048", {}] },
  },
  {
    component: "ModelService",
    title: "made from AWS's image and scripts",
    base: { platform, framework: { name: "pytorch", version: "2.1.0" }, sourceDir: script, training, realtime },
    rows: {
      "framework.name": ["sklearn", "/sagemaker-scikit-learn:", "jax"],
      "framework.version": ["1.2-1", ":1.2-1", "newest"],
      "framework.trainingTag": [
        "1.2-1-cpu-py3-a",
        "trainingImage=763104351884.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3-a",
        "a b",
      ],
      "framework.servingTag": [
        "1.2-1-cpu-py3-b",
        "image=763104351884.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3-b",
        "",
      ],
      entryPoint: ["train.py", "SAGEMAKER_PROGRAM=train.py", "train"],
      trainingEntryPoint: ["inference.py", 'sagemaker_program="inference.py"', "../train.py"],
    },
  },
  {
    component: "ModelService",
    title: "made from scripts elsewhere",
    base: {
      platform,
      framework: { name: "sklearn", version: "1.2-1" },
      sourceDir: "models/reviews",
      modelData: "s3://a/b.tar.gz",
      realtime,
    },
    rows: { sourceDir: [script, "key=code/", "cli/none"] },
  },
  {
    component: "ModelService",
    title: "from the registry",
    base: { platform, modelPackage: { name: "iris/1" }, realtime },
    rows: {
      "modelPackage.name": ["iris/2", "modelPackageName=arn:aws:sagemaker:eu-central-1:123456789012:model-package/iris/2", "iris"],
      "modelPackage.images": [
        ["999999999999.dkr.ecr.eu-central-1.amazonaws.com/others:1"],
        "arn:aws:ecr:eu-central-1:999999999999:repository/others",
        ["a b"],
      ],
      "modelPackage.modelData": [["s3://others/iris/"], "arn:aws:s3:::others/iris/*", ["others"]],
    },
  },
  {
    component: "ModelService",
    title: "made from a Dockerfile",
    base: { platform, build: { context: fastapi }, realtime },
    rows: { build: [{ context: fastapi, target: "runtime" }, "build.target=runtime", {}] },
  },
  {
    component: "ModelImage",
    title: "of a folder",
    base: { platform, code: "models/iris" },
    rows: {
      platform: [{ ...platform, repositoryUrl: "1.dkr.ecr.eu-central-1.amazonaws.com/other" }, "imageName=1.dkr.ecr", null],
      baseImage: ["debian:12", "build.args.BASE_IMAGE=debian:12", "debian 12"],
      aptPackages: [["ffmpeg"], "build.args.APT_PACKAGES=ffmpeg", "ffmpeg"],
      buildArguments: [{ A: "1" }, "build.args.A=1", { A: 1 }],
      architecture: ["linux/arm64", "build.platform=linux/arm64", "arm"],
    },
  },
  {
    component: "ModelImage",
    title: "of a Dockerfile",
    base: { platform, build: { context: fastapi } },
    rows: {
      "build.dockerfile": [
        "test/docker/fixtures/volume/Dockerfile",
        "build.dockerfile=.slipway/build/every/slipway.Dockerfile",
        "cli/none",
      ],
      "build.target": ["runtime", "build.target=runtime", "run time"],
      "build.buildArguments": [{ A: "1" }, "build.args.A=1", { "a b": "1" }],
      "build.process.serve": [["python", "app.py", "{port}"], "slipway-image.json serve.1=app.py", []],
      "build.process.train": [["python", "train.py"], "slipway-image.json train.1=train.py", "train.py"],
      "build.process.requirements": ["test_app.py", "slipway-image.json requirements.0=test_app.py", "../requirements.txt"],
      "build.process.workingDirectory": ["artifact", "slipway-image.json workingDirectory=artifact", "/srv"],
      "build.process.environment": [{ MODE: "fast" }, "slipway-image.json environment.MODE=fast", { "1": "a" }],
    },
  },
  {
    component: "ModelImage",
    title: "of a Dockerfile that also runs without Docker",
    base: { platform, build: { context: fastapi } },
    rows: { "build.process": [process, "slipway-image.json serve.0=python", { serve: "python" }] },
  },
  // Another content has another name, and nothing else tells of it: each is alone.
  {
    component: "ModelService",
    title: "made from another folder",
    base: { platform, code: "models/iris", realtime },
    rows: { code: ["cli/templates/sklearn", "imageName=", "cli"] },
  },
  {
    component: "ModelImage",
    title: "of another folder",
    base: { platform, code: "models/iris" },
    rows: { code: ["cli/templates/sklearn", "imageName=", "cli"] },
  },
  {
    component: "ModelImage",
    title: "without part of its folder",
    base: { platform, code: "models/iris" },
    rows: { leftOut: [["data"], "imageName=", "data"] },
  },
  {
    component: "ModelImage",
    title: "of another Dockerfile",
    base: { platform, build: { context: "test/docker/fixtures/volume" } },
    rows: { "build.context": [fastapi, "imageName=", "cli/none"] },
  },
];
