import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DockerRunner } from "../../local/containers/docker-runner";
import { FileImageStore, type LocalImage } from "../../local/images/image-store";
import { ProcessRegister } from "../../local/state/process-register";
import { baseImage } from "./support/kit-image";

// Of a region that the other tests do not use: its name is this file's alone.
const uri = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3";

const script = `import os, sklearn
print("trained with", sklearn.__version__)
open(os.path.join(os.environ["SM_MODEL_DIR"], "model"), "w").close()
`;

describe("the image that stands for AWS's scikit-learn, where Docker cannot pull it", () => {
  const stateDir = mkdtempSync(join(tmpdir(), "slipway-stand-in-"));
  const told: string[] = [];
  let runner: DockerRunner;
  let image: LocalImage;

  beforeAll(async () => {
    const register = new ProcessRegister(stateDir);
    runner = new DockerRunner({ stateDir, register, buildFlags: ["--network=host"], baseImage: await baseImage() });
    image = await (await FileImageStore.open(join(stateDir, "images"), runner)).pull(uri, (line) => told.push(line));
  });
  // The image stays: the models' test builds on its layers.
  afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

  /** Exit code and lines of a training whose code has this requirements.txt. */
  const train = async (requirements: string): Promise<readonly [number, string]> => {
    const baseDir = mkdtempSync(join(stateDir, "job-"));
    const lines: string[] = [];
    mkdirSync(join(baseDir, "code"));
    writeFileSync(join(baseDir, "code", "requirements.txt"), requirements);
    writeFileSync(join(baseDir, "code", "train.py"), script);
    const environment = { SAGEMAKER_PROGRAM: "train.py", SAGEMAKER_SUBMIT_DIRECTORY: "/opt/ml/code" };
    const onLine = (line: string) => lines.push(line);
    const container = await runner.run({ name: "stand-in", image, command: "train", baseDir, environment, networkIsolation: true, onLine });
    const { code } = await container.exited;
    return [code, lines.join("\n")];
  };

  test("is told of with the login that Docker lacks, and with the versions that it has", () => {
    expect(told[0]).toBe(`pulling ${uri}`);
    expect(told[1]).toContain("the Slipway kit with scikit-learn stands for it");
    expect(told[1]).toContain(
      "aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin 141502667606.dkr.ecr.eu-west-1.amazonaws.com",
    );
    expect(told[2]).toMatch(/^scikit-learn 1\.2\.\d with Python 3\.\d+ stands for AWS's scikit-learn 1\.2\.1;/);
  });

  test("runs the script once what its requirements.txt asks for is there, and not without", async () => {
    expect(await train("numpy\n")).toEqual([0, expect.stringMatching(/trained with 1\.2\.\d/)]);
    const [code, lines] = await train("./not-there\n");
    expect(code).toBe(1);
    expect(lines).toContain("not-there");
    expect(lines).not.toContain("trained with");
  });
});
