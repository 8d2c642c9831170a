import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ModelService, type ModelServiceArgs } from "../../components";
import { buildPath } from "../../components/component";
import { MockedEngine } from "../support/mocks";
import { imageUri, platform } from "../support/platform";
import { faultsOf, promiseOf } from "../support/promise-of";

const name = `framework-${process.pid}`;
const registry = "763104351884.dkr.ecr.eu-central-1.amazonaws.com";
let engine: MockedEngine;
let sourceDir: string;
beforeEach(async () => {
  engine = await MockedEngine.start();
  mkdirSync(buildPath(""), { recursive: true });
  sourceDir = relative(process.cwd(), mkdtempSync(buildPath("scripts-")));
  mkdirSync(join(sourceDir, "data"));
  for (const file of ["train.py", "inference.py", "requirements.txt", "service.ts", "data/train.csv"])
    writeFileSync(join(sourceDir, file), file);
});
afterEach(async () => {
  await MockedEngine.settled();
  rmSync(sourceDir, { recursive: true });
});

const training = () => ({ instanceType: "ml.m5.large", channels: { train: `${sourceDir}/data` }, hyperparameters: { epochs: "3" } });
const pytorch = { name: "pytorch", version: "2.1.0" };
const sklearn = { name: "sklearn", version: "1.2-1" };
const declare =
  (args: object): (() => ModelService) =>
  () =>
    new ModelService(name, { platform, realtime: { instanceType: "ml.m5.large" }, ...args } as ModelServiceArgs);
const faults = (args: object) => faultsOf(declare(args)).slice(1);

/** Declares a model, and returns what of it has to do with its image and scripts. */
async function plan(args: object) {
  engine = await MockedEngine.start();
  const service = declare(args)();
  await promiseOf(service.outputs);
  await MockedEngine.settled();
  const of = (type: string, which?: string) =>
    engine.registered.find((each) => each.type === type && (which ?? each.name) === each.name)?.inputs;
  const policy = (role: string) => String(of("aws:iam/rolePolicy:RolePolicy", `${name}-${role}-role-policy`)?.policy);
  return {
    names: engine.names(),
    container: of("aws:sagemaker/model:Model")?.primaryContainer as {
      image: string;
      environment: Record<string, string>;
      modelDataUrl: string;
    },
    job: of("aws:sagemaker/trainingJob:TrainingJob") as {
      algorithmSpecification: object;
      hyperParameters: Record<string, string>;
      trainingJobName: string;
    },
    code: of("aws:s3/bucketObjectv2:BucketObjectv2", `${name}-code`) as { key: string; source: unknown },
    artifact: of("aws:s3/bucketObjectv2:BucketObjectv2", `${name}-artifact`) as { key: string; source: unknown },
    policies: { training: policy("training"), serving: policy("serving") },
  };
}

/** What an archive holds, and one file of it. */
async function archive(source: unknown, file: string): Promise<{ readonly files: string[]; readonly text: string }> {
  if (!pulumi.asset.FileAsset.isInstance(source)) throw new Error("not a file");
  const path = String(await (source as pulumi.asset.FileAsset).path);
  const files = execFileSync("tar", ["-tzf", path], { encoding: "utf8" }).trim().split("\n");
  return { files, text: execFileSync("tar", ["-xzOf", path, file], { encoding: "utf8" }) };
}

describe("a model of scripts for an image that fetches them", () => {
  test("is trained and served by AWS's image with the scripts in S3, and no image is built", async () => {
    const { names, container, job, code, policies } = await plan({ framework: sklearn, sourceDir, training: training() });
    expect(names.filter((each) => each.includes("docker:"))).toEqual([]);
    const image = `${registry}/sagemaker-scikit-learn:1.2-1-cpu-py3`;
    expect(code.key).toMatch(new RegExp(`^code/${name}/[0-9a-f]{16}/sourcedir\\.tar\\.gz$`));
    const uri = `s3://shop-artifacts/${code.key}`;
    expect(job.algorithmSpecification).toEqual({ trainingImage: image, trainingInputMode: "File" });
    expect(job.hyperParameters).toEqual({
      epochs: "3",
      sagemaker_program: '"train.py"',
      sagemaker_submit_directory: `"${uri}"`,
      sagemaker_region: '"eu-central-1"',
      sagemaker_container_log_level: "20",
    });
    expect(container).toMatchObject({
      image,
      environment: {
        SAGEMAKER_PROGRAM: "inference.py",
        SAGEMAKER_SUBMIT_DIRECTORY: uri,
        SAGEMAKER_REGION: "eu-central-1",
        SAGEMAKER_CONTAINER_LOG_LEVEL: "20",
      },
    });
    for (const policy of Object.values(policies)) {
      expect(policy).toContain('"arn:aws:ecr:eu-central-1:763104351884:repository/sagemaker-scikit-learn"');
      expect(policy).not.toContain(platform.repositoryArn);
      expect(policy).toContain(`"arn:aws:s3:::shop-artifacts/code/${name}/*"`);
    }
    expect((await archive(code.source, "train.py")).files).toEqual(["inference.py", "requirements.txt", "train.py"]);
  });

  test("is trained again when a script changes, and not when its declaration or its data's place in the folder does", async () => {
    const args = () => ({ framework: sklearn, sourceDir: `./${sourceDir}/`, training: training() });
    const first = (await plan(args())).code.key;
    writeFileSync(join(sourceDir, "service.ts"), "other");
    writeFileSync(join(sourceDir, "data", "train.csv"), "other");
    expect((await plan(args())).code.key).toBe(first);
    writeFileSync(join(sourceDir, "inference.py"), "other");
    expect((await plan(args())).code.key).not.toBe(first);
  });

  test("may name its scripts, have its own variables, and be served only", async () => {
    for (const file of ["fit.py", "serve.py"]) writeFileSync(join(sourceDir, file), "");
    const named = await plan({
      framework: sklearn,
      sourceDir,
      training: training(),
      entryPoint: "serve.py",
      trainingEntryPoint: "fit.py",
      environment: { TOP: "5" },
    });
    expect(named.job.hyperParameters.sagemaker_program).toBe('"fit.py"');
    expect(named.container.environment).toMatchObject({ SAGEMAKER_PROGRAM: "serve.py", TOP: "5" });
    const served = await plan({ framework: sklearn, sourceDir, modelData: "s3://weights/model.tar.gz" });
    expect(served.container.modelDataUrl).toBe("s3://weights/model.tar.gz");
    expect(served.container.environment.SAGEMAKER_SUBMIT_DIRECTORY).toBe(`s3://shop-artifacts/${served.code.key}`);
  });
});

describe("a model of scripts for an image that looks for them in the model data", () => {
  test("is trained by a program that runs the script as it is and puts the code into the model", async () => {
    const { container, job, code, policies } = await plan({ framework: pytorch, sourceDir, training: training() });
    expect(job.algorithmSpecification).toMatchObject({ trainingImage: `${registry}/pytorch-training:2.1.0-cpu-py310` });
    expect(job.hyperParameters.sagemaker_program).toBe('"slipway_train.py"');
    expect(container.image).toBe(`${registry}/pytorch-inference:2.1.0-cpu-py310`);
    expect(container.environment).toMatchObject({ SAGEMAKER_PROGRAM: "inference.py", SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code" });
    const { files, text } = await archive(code.source, "slipway_train.py");
    expect(files).toEqual(["inference.py", "requirements.txt", "train.py", "slipway_train.py"]);
    expect(text).toContain('script = os.path.join(here, "train.py")');
    expect(policies.training).toContain("repository/pytorch-training");
    expect(policies.training).not.toContain("pytorch-inference");
    expect(policies.serving).toContain("repository/pytorch-inference");
    expect(policies.serving).not.toContain("/code/");
  });

  test("runs that program: with the script's arguments, failures and exits, and the code is beside the model only when it succeeded", async () => {
    writeFileSync(join(sourceDir, "helper.py"), "NAME = 'helped'\n");
    const script = (end: string) =>
      `import os, sys, helper\nprint(__name__, sys.argv[0].split("/")[-1], *sys.argv[1:], helper.NAME)\n${end}\n`;
    const run = async (end: string) => {
      writeFileSync(join(sourceDir, "train.py"), script(end));
      const { code } = await plan({ framework: pytorch, sourceDir, training: training() });
      const folder = mkdtempSync(join(process.cwd(), sourceDir, "..", "run-"));
      const model = join(folder, "model");
      mkdirSync(model);
      execFileSync("tar", ["-xzf", String(await (code.source as pulumi.asset.FileAsset).path), "-C", folder]);
      let out = "";
      try {
        out = execFileSync("python3", [join(folder, "slipway_train.py"), "--epochs", "3"], {
          encoding: "utf8",
          env: { ...process.env, SM_MODEL_DIR: model },
          stdio: "pipe",
        });
      } catch (error) {
        out = `failed: ${String((error as { status: number }).status)}`;
      }
      const kept = execFileSync("find", [".", "-type", "f"], { cwd: model, encoding: "utf8" }).trim().split("\n").sort();
      rmSync(folder, { recursive: true });
      return { out: out.trim(), kept };
    };
    const code = ["./code/helper.py", "./code/inference.py", "./code/requirements.txt", "./code/train.py"];
    expect(await run("")).toEqual({ out: "__main__ train.py --epochs 3 helped", kept: code });
    expect(await run("sys.exit(0)")).toEqual({ out: "__main__ train.py --epochs 3 helped", kept: code });
    expect(await run("sys.exit(3)")).toEqual({ out: "failed: 3", kept: [""] });
    expect(await run("raise ValueError")).toEqual({ out: "failed: 1", kept: [""] });
  });

  test("that is given its model data has the scripts in the same archive", async () => {
    mkdirSync(join(sourceDir, "weights"));
    writeFileSync(join(sourceDir, "weights", "model.pt"), "weights");
    const { artifact, code, container } = await plan({ framework: pytorch, sourceDir, modelData: `${sourceDir}/weights` });
    expect(code).toBeUndefined();
    expect((await archive(artifact.source, "model.pt")).files).toEqual([
      "model.pt",
      "code/data/train.csv",
      "code/inference.py",
      "code/requirements.txt",
      "code/train.py",
    ]);
    expect(container.modelDataUrl).toBe(`s3://shop-artifacts/${artifact.key}`);
    const before = artifact.key;
    writeFileSync(join(sourceDir, "inference.py"), "other");
    expect((await plan({ framework: pytorch, sourceDir, modelData: `${sourceDir}/weights` })).artifact.key).not.toBe(before);
  });

  test("needs no folder when its archive has the scripts already", async () => {
    const { container, names } = await plan({ framework: pytorch, modelData: "s3://weights/model.tar.gz" });
    expect(container.environment).toMatchObject({ SAGEMAKER_PROGRAM: "inference.py", SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/model/code" });
    expect(names.filter((each) => each.includes("BucketObject"))).toEqual([]);
  });

  test("is served by the image for the processors or GPUs of its instances, and trained by the one for its own", async () => {
    const gpu = { ...training(), instanceType: "ml.g5.xlarge" };
    const { container, job } = await plan({ framework: pytorch, sourceDir, training: gpu, realtime: { instanceType: "ml.m7g.large" } });
    expect(job.algorithmSpecification).toMatchObject({ trainingImage: `${registry}/pytorch-training:2.1.0-gpu-py310` });
    expect(container.image).toBe(`${registry}/pytorch-inference-graviton:2.1.0-cpu-py310-ubuntu20.04-sagemaker`);
  });
});

describe("the declaration of a model of scripts is refused", () => {
  test("without scripts, or with what belongs to other images", () => {
    rmSync(join(sourceDir, "train.py"));
    expect(faults({ framework: sklearn, sourceDir, training: training(), entryPoint: "other.py" })).toEqual([
      `trainingEntryPoint: is missing; "${sourceDir}" has no train.py: add it, or name another script`,
      `entryPoint: got "other.py"; "${sourceDir}" has no other.py: add it, or name another script`,
    ]);
    expect(faults({ framework: sklearn, training: training() })).toEqual([
      'sourceDir: is missing; give the folder of the scripts, such as "models/reviews"',
    ]);
    expect(faults({ framework: sklearn, sourceDir: "models/none", modelData: "models/iris/data", entryPoint: "../a.py" })).toEqual([
      'sourceDir: got "models/none"; there is no such folder below the project',
      'entryPoint: got "../a.py"; allowed is the name of a script in sourceDir, such as "inference.py"',
    ]);
    expect(
      faults({
        framework: sklearn,
        sourceDir,
        modelData: "models/iris/data",
        baseImage: "a",
        architecture: "linux/amd64",
        trainingEntryPoint: "t.py",
      }),
    ).toEqual([
      'baseImage: got "a" together with framework, whose image is AWS\'s own; remove it',
      'architecture: got "linux/amd64" together with framework, whose image is AWS\'s own; remove it',
      'trainingEntryPoint: got "t.py", but nothing is trained; give training, or remove it',
    ]);
  });

  test("without a model, or with a framework, a version or a tag that there is not", () => {
    expect(faults({ framework: sklearn, sourceDir })).toEqual([
      "modelData: is missing; what framework serves is trained, or given as modelData: give training or modelData",
    ]);
    expect(faults({ framework: { name: "sklaern", version: "latest", servingTag: "a b" }, sourceDir, training: training() })).toEqual([
      'framework.name: got "sklaern"; allowed are sklearn, xgboost, pytorch, tensorflow, huggingface; did you mean sklearn?',
      'framework.version: got "latest"; allowed is a version, such as "2.1.0"',
      'framework.servingTag: got "a b"; allowed is a tag of the repository, such as "2.1.0-cpu-py310"',
    ]);
    expect(faults({ framework: { name: "pytorch", version: "2.8.0" }, sourceDir, training: training() })).toEqual([
      expect.stringMatching(/^framework\.version: got "2\.8\.0"; versions of pytorch-inference for serving on ml\.m5\.large are /),
    ]);
  });

  test("where its scripts cannot be had", () => {
    expect(faults({ framework: pytorch, sourceDir, modelData: "s3://weights/model.tar.gz" })).toEqual([
      `sourceDir: got "${sourceDir}" together with modelData that is an archive; the image of pytorch looks for its script there: put it into its folder code, and remove sourceDir`,
    ]);
    const isolated = { ...training(), networkIsolation: true };
    const realtime = { instanceType: "ml.m5.large", networkIsolation: true };
    const reason = "got true; the framework's image fetches its script from S3, which an isolated container cannot: remove it";
    expect(faults({ framework: sklearn, sourceDir, training: isolated, realtime })).toEqual([
      `training.networkIsolation: ${reason}`,
      `realtime.networkIsolation: ${reason}`,
    ]);
    expect(faults({ framework: pytorch, sourceDir, training: isolated, realtime })).toEqual([`training.networkIsolation: ${reason}`]);
  });

  test("with what the framework sets itself, and scripts without a framework", () => {
    const environment = { SAGEMAKER_PROGRAM: "a.py" };
    expect(
      faults({ framework: sklearn, sourceDir, environment, training: { ...training(), hyperparameters: { sagemaker_program: "a" } } }),
    ).toEqual([
      "environment.SAGEMAKER_PROGRAM: is set by framework; use sourceDir, entryPoint and trainingEntryPoint",
      "training.hyperparameters.sagemaker_program: is set by framework; use sourceDir, entryPoint and trainingEntryPoint",
    ]);
    expect(faults({ image: imageUri, sourceDir, entryPoint: "a.py" })).toEqual([
      `sourceDir: got "${sourceDir}" without framework, whose image runs scripts; give framework, or code in its place`,
      'entryPoint: got "a.py" without framework, whose image runs scripts; give framework, or code in its place',
    ]);
  });
});
