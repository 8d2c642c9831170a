import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ModelImage, type ModelImageArgs } from "../../../components";
import { buildPath } from "../../../components/component";
import { contextDigest, filesOf } from "../../../local/images/context-digest";
import { MockedEngine } from "../../support/mocks";
import { platform } from "../../support/platform";
import { faultsOf, promiseOf } from "../../support/promise-of";

const name = `build-test-${process.pid}`;
const staged = `.slipway/build/${name}`;
const serve = ["uvicorn", "app:app", "--port", "{port}"];
let engine: MockedEngine;
let context: string;
beforeEach(async () => {
  engine = await MockedEngine.start();
  context = mkdtempSync(join(tmpdir(), "slipway-context-"));
  write({ Dockerfile: "FROM scratch\n", "app.py": "1", "requirements.txt": "fastapi==0.1\n" });
});
afterEach(async () => {
  await MockedEngine.settled();
  rmSync(context, { recursive: true });
  rmSync(buildPath(name), { recursive: true, force: true });
  rmSync(`${buildPath(name)}.hash`, { force: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(context, path)), { recursive: true });
    writeFileSync(join(context, path), text);
  }
}

const declare =
  (build: object, args: object = {}) =>
  () =>
    new ModelImage(name, { platform, build: { context, ...build }, ...args } as ModelImageArgs);

/** The inputs of the one image that a declaration makes. */
async function imageOf(build: object = {}, args: object = {}): Promise<{ imageName: string; build: unknown }> {
  engine = await MockedEngine.start();
  await promiseOf(declare(build, args)().uri);
  await MockedEngine.settled();
  const { inputs } = engine.one("docker:index/image:Image");
  return { imageName: String(inputs.imageName), build: inputs.build };
}

const tagOf = async (build: object = {}, args: object = {}) => (await imageOf(build, args)).imageName;
const stagedFiles = () => filesOf(buildPath(name));

describe("an image of a Dockerfile of the user's", () => {
  test("is built from a copy of its context with that Dockerfile, and named by what is in it", async () => {
    const { imageName, build } = await imageOf();
    expect(imageName).toMatch(new RegExp(`^${platform.repositoryUrl}:${name}-[0-9a-f]{16}$`));
    expect(build).toEqual({ context: staged, dockerfile: `${staged}/Dockerfile`, platform: "linux/amd64", args: {} });
    expect(await stagedFiles()).toEqual(["Dockerfile", "app.py", "requirements.txt"]);
  });

  test("takes another Dockerfile, a stage, build arguments and an architecture", async () => {
    write({ "docker/gpu.Dockerfile": "FROM scratch AS runtime\n" });
    const dockerfile = join(context, "docker", "gpu.Dockerfile");
    expect((await imageOf({ dockerfile, target: "runtime", buildArguments: { A: "1" } }, { architecture: "linux/arm64" })).build).toEqual({
      context: staged,
      dockerfile: `${staged}/docker/gpu.Dockerfile`,
      target: "runtime",
      platform: "linux/arm64",
      args: { A: "1" },
    });
  });

  test("takes a Dockerfile from beside its context", async () => {
    write({ "inner/app.py": "" });
    const { build } = await imageOf({ context: join(context, "inner"), dockerfile: join(context, "Dockerfile") });
    expect(build).toMatchObject({ dockerfile: `${staged}/slipway.Dockerfile` });
    expect(readFileSync(join(buildPath(name), "slipway.Dockerfile"), "utf8")).toBe("FROM scratch\n");
  });

  test("is another one when a file, its mode, the Dockerfile, a build argument, the stage or the architecture is another", async () => {
    const tags = [await tagOf()];
    write({ "app.py": "2" });
    tags.push(await tagOf());
    chmodSync(join(context, "app.py"), 0o755);
    tags.push(await tagOf());
    write({ Dockerfile: "FROM scratch\nCOPY . .\n" });
    tags.push(await tagOf(), await tagOf({ buildArguments: { A: "1" } }), await tagOf({ target: "a" }));
    tags.push(await tagOf({}, { architecture: "linux/arm64" }));
    expect(new Set(tags).size).toBe(tags.length);
  });

  test("leaves out what .dockerignore says, caches, the declaration and its samples, which do not change it; and keeps hidden files", async () => {
    write({ ".dockerignore": "notes\n*.log\n", ".config": "kept" });
    const before = await tagOf({}, { leftOut: ["data"] });
    write({ "service.ts": "1", "sample.json": "1", "__pycache__/a.pyc": "1", ".git/HEAD": "1", "venv/a": "1" });
    write({ "notes/a.txt": "1", "a.log": "1", "data/train.csv": "1" });
    expect(await tagOf({}, { leftOut: ["data"] })).toBe(before);
    expect(await stagedFiles()).toEqual([".config", "Dockerfile", "app.py", "requirements.txt"]);
  });

  test("takes back what .dockerignore names with an exclamation mark", async () => {
    write({ ".dockerignore": "lib\n!lib/kept.py\n!sample.json\n", "lib/kept.py": "", "lib/out.py": "", "sample.json": "{}" });
    await imageOf();
    expect(await stagedFiles()).toEqual(["Dockerfile", "app.py", "lib/kept.py", "requirements.txt", "sample.json"]);
  });
});

describe("how an image starts without Docker", () => {
  const manifest = () => JSON.parse(readFileSync(join(buildPath(name), "slipway-image.json"), "utf8")) as unknown;

  test("is written for the process runner, with requirements.txt when there is one", async () => {
    await imageOf({ process: { serve } });
    expect(manifest()).toEqual({
      requirements: ["requirements.txt"],
      pythonPath: [],
      serve,
      train: [],
      environment: {},
      workingDirectory: ".",
    });
    rmSync(join(context, "requirements.txt"));
    await imageOf({ process: { serve } });
    expect(manifest()).toMatchObject({ requirements: [] });
  });

  test("has every member that is declared, and its requirements even when Docker leaves them out", async () => {
    write({ "src/a.py": "", "dev/local.txt": "", ".dockerignore": "dev\n" });
    const process = { serve, train: ["python", "t.py"], requirements: "dev/local.txt", workingDirectory: "src", environment: { A: "src" } };
    await imageOf({ process });
    expect(manifest()).toEqual({
      requirements: ["dev/local.txt"],
      pythonPath: [],
      serve,
      train: ["python", "t.py"],
      environment: { A: "src" },
      workingDirectory: "src",
    });
    expect(await stagedFiles()).toContain("dev/local.txt");
  });

  test("is nothing that Docker sees or AWS builds anew for, and something that the local runner follows", async () => {
    const before = await tagOf({ process: { serve } });
    const digest = await contextDigest(buildPath(name));
    expect(readFileSync(join(buildPath(name), ".dockerignore"), "utf8")).toBe("slipway-image.json\n.dockerignore\n");
    expect(await tagOf({ process: { serve: ["python", "app.py"] } })).toBe(before);
    expect(await contextDigest(buildPath(name))).not.toBe(digest);
    expect(await tagOf()).toBe(before);
  });
});

describe("the declaration of an image of a Dockerfile is refused", () => {
  const faults = (build: object, args: object = {}) => faultsOf(declare(build, args)).slice(1);

  test("without its folder, its Dockerfile or the files it names", () => {
    expect(faults({ context: "models/none" })).toEqual(['build.context: got "models/none"; there is no such folder below the project']);
    expect(faults({ dockerfile: "models/none/Dockerfile" })[0]).toContain(
      'build.dockerfile: got "models/none/Dockerfile"; there is no such file',
    );
    rmSync(join(context, "Dockerfile"));
    expect(faults({})[0]).toMatch(/^build\.dockerfile: is missing; ".*" has no Dockerfile: add one, or name another as dockerfile/);
    write({ Dockerfile: "" });
    expect(faults({ process: { serve, requirements: "none.txt", workingDirectory: "../up" } })).toEqual([
      'build.process.workingDirectory: got "../up"; expected a path inside of the context, relative to it, such as "requirements.txt"',
      expect.stringMatching(/^build\.process\.requirements: got "none\.txt"; ".*" has no such file$/),
      expect.stringMatching(/^build\.process\.workingDirectory: got "\.\.\/up"; ".*" has no such folder$/),
    ]);
  });

  test.each([
    [["uvicorn", "--port", "8080"], 2, '"8080"', '"{port}"'],
    [["gunicorn", "-b", "0.0.0.0:8080"], 2, '"0.0.0.0:8080"', '"0.0.0.0:{port}"'],
    [["serve", "--port=8080"], 1, '"--port=8080"', '"--port={port}"'],
  ])("with the command %j, whose port another model may have", (command, index, given, cure) => {
    expect(faults({ process: { serve: command } })).toEqual([
      `build.process.serve[${index}]: got ${given}; without Docker all models share this machine's ports: write ${cure}`,
    ]);
  });

  test("with two ways to say how it starts", () => {
    write({ "slipway-image.json": "{}" });
    expect(faults({ process: { serve } })[0]).toMatch(/^build\.process: is given, and ".*" has a slipway-image\.json that says the same/);
  });

  test("with wrong values of each argument", () => {
    expect(faults({ target: "a b", buildArguments: { "a-b": "1" }, process: { serve: [], train: "x", environment: { "1": "" } } })).toEqual(
      [
        'build.target: got "a b"; allowed is the name of a stage, FROM ... AS <name>',
        'build.buildArguments.a-b: got "a-b"; allowed is letters, digits and underscores',
        "build.process.serve: has 0 entries; allowed are 1 to 100",
        'build.process.train: got "x"; expected a list',
        'build.process.environment.1: got "1"; allowed is letters, digits and underscores, not beginning with a digit',
        'build.process.environment.1: got ""; expected a text that is not empty',
      ],
    );
  });

  test("together with what belongs to the kit's image, and without either", () => {
    expect(faults({}, { code: "models/iris", baseImage: "a", aptPackages: ["git"], buildArguments: { A: "1" } })).toEqual([
      'code: got "models/iris" together with build; what is in the image stands in the Dockerfile: remove it',
      'baseImage: got "a" together with build; what is in the image stands in the Dockerfile: remove it',
      'aptPackages: got ["git"] together with build; what is in the image stands in the Dockerfile: remove it',
      'buildArguments: got {"A":"1"} together with build; write it as build.buildArguments',
    ]);
    expect(faultsOf(() => new ModelImage(name, { platform })).slice(1)).toEqual([
      'code: is missing; give code: "models/<name>" for a model.py, or build for a Dockerfile of your own',
    ]);
  });
});
