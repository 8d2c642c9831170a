import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { type EngineError, explainEngineErrors, locate } from "../../cli/engine/diagnostics";

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "slipway-diagnostics-"));
  mkdirSync(join(root, "models/iris"), { recursive: true });
  mkdirSync(join(root, "infra"));
  writeFileSync(join(root, "models/iris/model.py"), `class Model:\n    def fit(self, ctx):\n        return ctx["petal_lenght"]\n`);
  writeFileSync(join(root, "models/iris/service.ts"), "export default 1;\n\nnew ModelService();\n");
  writeFileSync(join(root, "models/iris/requirements.txt"), "# exact versions\nnumpy==2\nnumpy==2.1 ; python_version >= '3.10'\n");
  writeFileSync(join(root, "infra/index.ts"), "\n\nmissing();\n");
});

const gate = `SLIP-2101 training job iris-7c1e failed: KeyError: 'petal_lenght' (model.py:3 in fit)
  log  Traceback (most recent call last):
  log    File "/opt/slipway/code/model.py", line 3, in fit
  fix  Read the failure reason.
  more log group /aws/sagemaker/TrainingJobs, streams iris-7c1e/
`;

describe("an error of the engine", () => {
  it("that a gate raised keeps its code, log lines and cure, and shows the user's own line", () => {
    const [error] = explain([{ message: gate, model: "iris" }]);
    expect({ ...error, location: error?.location, message: error?.message }).toMatchObject({
      code: "SLIP-2101",
      message: "training job iris-7c1e failed: KeyError: 'petal_lenght' (model.py:3 in fit)",
      details: ["log  Traceback (most recent call last):", `log    File "model.py", line 3, in fit`],
      cure: "Read the failure reason.",
      location: { file: join(root, "models/iris/model.py"), line: 3, excerpt: `"petal_lenght"` },
      more: ["slipway explain SLIP-2101", "slipway local logs iris"],
    });
  });

  it("is told once, without the engine's echoes of it", () => {
    const errors = explain([{ message: gate, model: "iris" }, { message: "update failed\n" }, { message: `  ${gate}`, model: "iris" }]);
    expect(errors.map(({ code }) => code)).toEqual(["SLIP-2101"]);
  });

  it("of several models at once is told for each", () => {
    const errors = explain([
      { message: gate, model: "iris" },
      { message: gate.replaceAll("iris", "reviews"), model: "reviews" },
    ]);
    expect(errors.map(({ message }) => message.split(" ")[2])).toEqual(["iris-7c1e", "reviews-7c1e"]);
  });

  it("that the Node host wraps is unwrapped", () => {
    const [error] = explain([
      {
        message: `Running program '${root}/infra/index.ts' failed with an unhandled exception:\nSLIP-1001 ModelService "iris" has 1 fault; nothing of it was created\n    models/iris/service.ts:3\n  realtime: missing`,
      },
    ]);
    expect(error).toMatchObject({
      code: "SLIP-1001",
      message: `ModelService "iris" has 1 fault; nothing of it was created`,
      details: ["realtime: missing"],
      location: { file: join(root, "models/iris/service.ts"), line: 3 },
    });
  });

  it("about requirements names the model's own file and the line that the installer quotes", () => {
    const kept = ".slipway/images/6f/context/code/requirements.txt";
    const message = `SLIP-5007 kit/requirements.txt and code/requirements.txt cannot be installed\n  error: no solution for ${kept}\n    Because numpy==2.1 was not found and you require numpy==2.1`;
    expect(explain([{ message, model: "iris" }])[0]).toMatchObject({
      code: "SLIP-5007",
      message: "kit/requirements.txt and models/iris/requirements.txt cannot be installed",
      details: ["error: no solution for models/iris/requirements.txt", "  Because numpy==2.1 was not found and you require numpy==2.1"],
      location: { file: join(root, "models/iris/requirements.txt"), line: 3, excerpt: "numpy==2.1" },
    });
  });

  it("that has no code is the program's when the program threw it, at the user's own line", () => {
    const message = `Running program '${root}/infra/index.ts' failed with an unhandled exception:\n<ref *1> ReferenceError: missing is not defined\n    at Object.<anonymous> (${root}/node_modules/x/index.ts:1:1)\n    at Object.<anonymous> (${root}/infra/index.ts:3:1)\n`;
    expect(explain([{ message }])[0]).toMatchObject({
      code: "SLIP-5011",
      message: "ReferenceError: missing is not defined",
      location: { file: join(root, "infra/index.ts"), line: 3 },
    });
  });

  it.each([
    ["new ModelService({\n  a: 1\n  b: 2,\n});\n", [`Expected "}" but found "b"`, 3, "b"]],
    ["const a = [1];\nconst ä = { a: [{ b: 1 } };\n", [`Expected "]" but found "}"`, 2, "};"]],
    ["const text = `never closed\n", ["Unterminated string literal", 2, undefined]],
  ])("that is one of syntax is told as file, line and the compiler's sentence, without its own members: %j", (source, told) => {
    const fileName = join(root, "models/iris/service.ts");
    const before = readFileSync(fileName, "utf8");
    writeFileSync(fileName, source);
    const errors = explain([
      {
        message: `Running program '${root}/index.ts' failed with an unhandled exception:\n${inspect(thrownBy(() => transpile(fileName)))}\n`,
      },
      { message: "update failed\n" },
    ]);
    writeFileSync(fileName, before);
    expect(errors.map(({ code, message, details, location }) => ({ code, message, details, location }))).toEqual([
      {
        code: "SLIP-5011",
        message: `Syntax error: ${told[0]}`,
        details: [],
        location: { file: fileName, line: told[1], ...(told[2] === undefined ? {} : { excerpt: told[2] }) },
      },
    ]);
  });

  it("that nothing explains is the engine's own, with its log", () => {
    expect(explain([{ message: "error: could not deserialize deployment" }])[0]).toMatchObject({
      code: "SLIP-5012",
      message: "could not deserialize deployment",
      more: ["engine.log"],
    });
  });
});

describe("a file named in a message", () => {
  it("is looked for in the model's folder, and must be a file of the project", () => {
    expect(locate("KeyError (model.py:2 in fit)", "iris", root)).toEqual({ file: join(root, "models/iris/model.py"), line: 2 });
    expect(locate("KeyError (model.py:2 in fit)", undefined, root)).toBeUndefined();
    expect(locate("at /usr/lib/python3/json.py:12", "iris", root)).toBeUndefined();
  });
});

/** Compiles a file as the Pulumi program's own files are compiled. */
function transpile(fileName: string): void {
  const { create } = require("../../tools/esbuild-transpiler.cjs") as {
    create(): { transpile(source: string, o: { readonly fileName: string }): void };
  };
  create().transpile(readFileSync(fileName, "utf8"), { fileName });
}

function thrownBy(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

function explain(errors: readonly { message: string; model?: string }[]) {
  const given: EngineError[] = errors.map(({ message, model }) => ({ diagnostic: { message, severity: "error" }, model }));
  return explainEngineErrors(given, root, "engine.log");
}
