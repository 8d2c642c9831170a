import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { LocalImage } from "../../../local/images/image-store";
import { type CodePlace, submitServingCode, submitTrainingCode } from "../../../local/images/prebuilt/submitted-code";
import type { ObjectStorage } from "../../../local/storage/object-storage";
import { scratchFolder } from "../support/scratch";

const scratch = scratchFolder();
const repository = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training";
const image: LocalImage = { uri: `${repository}@sha256:1`, repository, digest: "sha256:1", context: scratch };
let baseDir = "";
let count = 0;

beforeEach(() => {
  baseDir = join(scratch, String(count++));
  mkdirSync(join(baseDir, "model", "code"), { recursive: true });
  writeFileSync(join(baseDir, "model", "code", "inference.py"), "");
});

const place = (more: Partial<CodePlace> = {}): CodePlace => ({
  image,
  baseDir,
  runner: "process",
  environment: {},
  storage: undefined as unknown as ObjectStorage,
  signal: new AbortController().signal,
  ...more,
});
const named = { sagemaker_program: '"train.py"' };

describe("the code of a training job", () => {
  it("may be a folder below /opt/ml, which is another one on this machine", async () => {
    const code = await submitTrainingCode(place(), { ...named, sagemaker_submit_directory: '"/opt/ml/input/data/code"' });
    const folder = join(baseDir, "input", "data", "code");
    expect(code.hyperparameters).toEqual({ ...named, sagemaker_submit_directory: JSON.stringify(folder) });
    expect(code.environment).toEqual({ SAGEMAKER_SUBMIT_DIRECTORY: folder });
  });

  it("keeps its place inside of a Docker container", async () => {
    const code = await submitTrainingCode(place({ runner: "docker" }), { ...named, sagemaker_submit_directory: "/opt/ml/input/data/code" });
    expect(code.environment).toEqual({ SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/input/data/code" });
  });

  it("is named by variables when no hyperparameter does", async () => {
    const environment = { SAGEMAKER_PROGRAM: "train.py", SAGEMAKER_SUBMIT_DIRECTORY: "file:///opt/ml/code" };
    const code = await submitTrainingCode(place({ environment }), { rate: "0.5" });
    expect(code.hyperparameters).toEqual({ rate: "0.5", sagemaker_submit_directory: JSON.stringify(join(baseDir, "code")) });
  });

  it.each(["/etc", "/opt/ml/../../etc", "/opt/mlx", "code", "http://example.com/code.tar.gz"])("cannot be %s", async (directory) => {
    await expect(submitTrainingCode(place(), { ...named, sagemaker_submit_directory: directory })).rejects.toThrow(
      `the code is said to be in ${directory}; expected an s3:// archive, or a folder below /opt/ml`,
    );
  });

  it("is left alone for an image that is not AWS's", async () => {
    const own = { ...image, repository: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine" };
    const hyperparameters = { sagemaker_submit_directory: "s3://bucket/code.tar.gz" };
    expect(await submitTrainingCode(place({ image: own }), hyperparameters)).toEqual({
      environment: {},
      hyperparameters,
      codeRequirements: [],
    });
  });
});

describe("the code of a model", () => {
  it("is inference.py in the folder code of the model, with its requirements, when nothing else is said", async () => {
    writeFileSync(join(baseDir, "model", "code", "requirements.txt"), "");
    const folder = join(baseDir, "model", "code");
    expect(await submitServingCode(place())).toEqual({
      environment: { SAGEMAKER_PROGRAM: "inference.py", SAGEMAKER_SUBMIT_DIRECTORY: folder },
      hyperparameters: {},
      codeRequirements: [join(folder, "requirements.txt")],
    });
  });

  it("is refused when the script is not there", async () => {
    await expect(submitServingCode(place({ environment: { SAGEMAKER_PROGRAM: "other.py" } }))).rejects.toThrow(
      "serves the script other.py",
    );
  });
});
