import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildPath } from "../../../components/component";
import { stageContext } from "../../../components/registry/image-context";
import { filesOf } from "../../../components/storage/content-hash";

describe("the build context of a model's image", () => {
  let code: string;
  const name = `context-test-${process.pid}`;
  beforeEach(() => {
    code = mkdtempSync(join(tmpdir(), "slipway-code-"));
    mkdirSync(join(code, "data"));
    mkdirSync(join(code, "__pycache__"));
    for (const file of [
      "model.py",
      "requirements.txt",
      "service.ts",
      "README.md",
      "sample.json",
      "test_model.py",
      ".env",
      "data/iris.csv",
      "__pycache__/model.pyc",
    ]) {
      writeFileSync(join(code, file), file);
    }
  });
  afterEach(() => {
    rmSync(buildPath(name), { recursive: true, force: true });
    rmSync(`${buildPath(name)}.hash`, { force: true });
  });

  test("holds the Dockerfile, the kit and the code, without declaration, samples, test, data, caches and hidden files", () => {
    const { folder } = stageContext(name, code, ["data"]);
    const paths = filesOf(folder).map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(["Dockerfile", "slipway-image.json", "kit/requirements.txt", "kit/src/slipway_kit/__main__.py"]),
    );
    expect(paths.filter((path) => path.startsWith("code/"))).toEqual(["code/model.py", "code/requirements.txt"]);
  });

  test("holds every module of the model, whatever its name begins with", () => {
    for (const file of ["sampling.py", "samples.csv", "readme_parser.py", "test_models.py"]) {
      writeFileSync(join(code, file), file);
    }
    const paths = filesOf(stageContext(name, code, ["data"]).folder).map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith("code/"))).toEqual([
      "code/model.py",
      "code/readme_parser.py",
      "code/requirements.txt",
      "code/samples.csv",
      "code/sampling.py",
      "code/test_models.py",
    ]);
  });

  test("tells a process runner how to start it", () => {
    const { folder } = stageContext(name, code, []);
    expect(JSON.parse(readFileSync(join(folder, "slipway-image.json"), "utf8"))).toEqual({
      requirements: ["kit/requirements.txt", "code/requirements.txt"],
      pythonPath: ["kit/src"],
      serve: ["python", "-m", "slipway_kit", "serve"],
      train: ["python", "-m", "slipway_kit", "train"],
      environment: { SLIPWAY_CODE_DIR: "code" },
    });
  });

  test("of a model without requirements names only the kit's", () => {
    rmSync(join(code, "requirements.txt"));
    const { folder } = stageContext(name, code, []);
    expect(JSON.parse(readFileSync(join(folder, "slipway-image.json"), "utf8"))).toMatchObject({ requirements: ["kit/requirements.txt"] });
  });

  test("has a hash that follows what is shipped and nothing else", () => {
    const first = stageContext(name, code, ["data"]).hash;
    writeFileSync(join(code, "data", "iris.csv"), "other");
    writeFileSync(join(code, "service.ts"), "other");
    expect(stageContext(name, code, ["data"]).hash).toBe(first);
    writeFileSync(join(code, "model.py"), "other");
    expect(stageContext(name, code, ["data"]).hash).not.toBe(first);
  });

  test("is replaced as a whole when the code changes, and made again when it has gone", () => {
    const { folder } = stageContext(name, code, []);
    rmSync(join(code, "requirements.txt"));
    stageContext(name, code, []);
    expect(existsSync(join(folder, "code", "requirements.txt"))).toBe(false);
    rmSync(folder, { recursive: true });
    stageContext(name, code, []);
    expect(readFileSync(join(folder, "code", "model.py"), "utf8")).toBe("model.py");
  });
});
