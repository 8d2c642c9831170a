import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { frameworkOptions, frontOptions, kindOptions } from "../../cli/new/choices";
import { withChosenModel, withModel } from "../../cli/new/register-model";
import { serviceSource } from "../../cli/new/service-source";
import { templateFolder } from "../../cli/new/write-model";
import { choose } from "../../cli/output/questions";
import { checkModelService, type ModelServiceArgs } from "../../components/model-service-args";
import { platform } from "../support/platform";
import { projectFolder, slipway } from "./command";

const root = join(__dirname, "../..");

/** A project with this repository's list of models. */
function project(): string {
  const folder = projectFolder();
  mkdirSync(join(folder, "infra"));
  writeFileSync(join(folder, "infra/models.ts"), readFileSync(join(root, "infra/models.ts")));
  writeFileSync(join(folder, "Pulumi.local.yaml"), "config:\n  slipway:models:\n    - iris\n  slipway:forceDestroy: true\n");
  return folder;
}

describe("slipway new", () => {
  it("writes a whole folder, and puts the model into the project's list and the local stack's", async () => {
    const folder = project();
    const { exitCode, stdout } = await slipway(folder, ["new", "flat-rents"]);
    expect([exitCode, stdout]).toEqual([
      0,
      "wrote  models/flat-rents/\nwrote  infra/models.ts\nwrote  Pulumi.local.yaml\n\nNext: npx slipway local up\n      npx slipway invoke flat-rents\n",
    ]);
    expect(readdirSync(join(folder, "models/flat-rents")).sort()).toEqual([
      "README.md",
      "data",
      "model.py",
      "requirements.txt",
      "sample.json",
      "service.ts",
      "test_model.py",
    ]);
    expect(readFileSync(join(folder, "models/flat-rents/service.ts"), "utf8")).toContain('new ModelService("flat-rents", {');
    expect(readFileSync(join(folder, "models/flat-rents/README.md"), "utf8")).toContain("npx slipway invoke flat-rents @sample");
    const list = readFileSync(join(folder, "infra/models.ts"), "utf8");
    expect(list).toContain('import flatRents from "../models/flat-rents/service";\n');
    expect(list).toContain('"flat-rents": flatRents');
    expect(readFileSync(join(folder, "Pulumi.local.yaml"), "utf8")).toBe(
      "config:\n  slipway:models:\n    - iris\n    - flat-rents\n  slipway:forceDestroy: true\n",
    );
  });

  it("never writes over a folder, and leaves the project as it was", async () => {
    const folder = project();
    const before = readFileSync(join(folder, "infra/models.ts"), "utf8");
    const { exitCode, stderr } = await slipway(folder, ["new", "iris"]);
    expect([exitCode, stderr.includes("SLIP-5025"), stderr.includes("models/iris is there already")]).toEqual([2, true, true]);
    expect(readFileSync(join(folder, "infra/models.ts"), "utf8")).toBe(before);
    expect(readdirSync(join(folder, "models"))).toEqual(["iris"]);
  });

  it("says what to add to a program of another form", async () => {
    const folder = projectFolder();
    const { stdout } = await slipway(folder, ["new", "mails", "--framework", "text", "--kind", "serverless", "--front", "none"]);
    expect(stdout).toContain(`Add it to your program:\n  import mails from "./models/mails/service";\n  mails(platform);\n`);
    expect(readFileSync(join(folder, "models/mails/service.ts"), "utf8")).toContain('from "slipway";');
  });

  it("serves recordings asynchronously when nobody says how", async () => {
    const folder = project();
    await slipway(folder, ["new", "sounds", "--framework", "audio"]);
    const declaration = readFileSync(join(folder, "models/sounds/service.ts"), "utf8");
    expect([/async: \{/.test(declaration), /api: \{/.test(declaration)]).toEqual([true, false]);
    expect(existsSync(join(folder, "models/sounds/sample.wav"))).toBe(true);
  });

  it("takes a file that was trained elsewhere", async () => {
    const folder = project();
    writeFileSync(join(folder, "churn.pkl"), "bytes");
    const { exitCode, stdout } = await slipway(folder, ["new", "churn", "--from", "churn.pkl"]);
    expect([exitCode, stdout.includes("npx slipway invoke")]).toEqual([0, false]);
    expect(readFileSync(join(folder, "models/churn/artifact/churn.pkl"), "utf8")).toBe("bytes");
    expect(readFileSync(join(folder, "models/churn/model.py"), "utf8")).toContain('joblib.load(model_dir / "churn.pkl")');
    expect(readFileSync(join(folder, "models/churn/service.ts"), "utf8")).toContain('modelData: "models/churn/artifact"');
  });

  it.each([
    [["new"], "slipway new needs NAME"],
    [["new", "Rents!"], 'a model cannot be named "Rents!"'],
    [["new", "rents", "--framework", "sklern"], '--framework does not know "sklern"; did you mean "sklearn"?'],
    [["new", "rents", "--from", "missing.pkl"], "there is no file "],
    [["new", "rents", "--framework", "text", "--from", "missing.pkl"], "--from is for models that are trained already"],
    [["new", "rents", "--from", "Pulumi.yaml"], "--from reads .joblib and .pkl files, not Pulumi.yaml"],
  ])("refuses %j and writes nothing", async (argv, message) => {
    const folder = project();
    const { exitCode, stderr } = await slipway(folder, argv);
    expect([exitCode, stderr.replace(/\s+/g, " ").includes(message)], stderr).toEqual([2, true]);
    expect(existsSync(join(folder, "models/rents"))).toBe(false);
  });

  it("lists what can be chosen", async () => {
    const { stdout } = await slipway(projectFolder(), ["new", "--list", "--json"]);
    const { data } = JSON.parse(stdout) as { data: { options: { value: string }[] } };
    expect(data.options.map(({ value }) => value)).toEqual(
      [...frameworkOptions, ...kindOptions, ...frontOptions].map(({ value }) => value),
    );
  });
});

/** Every framework, served in every way, behind every front. */
const combinations = frameworkOptions.flatMap(({ value: framework }) =>
  kindOptions.flatMap(({ value: kind }) => frontOptions.map(({ value: front }) => ({ framework, kind, front }))),
);

describe("a declaration from a template", () => {
  it("is one that the library takes, whatever was chosen", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-new-"));
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(folder);
    try {
      for (const choices of combinations) {
        const name = `${choices.framework}-${choices.kind}-${choices.front}`;
        cpSync(templateFolder(choices.framework), join(folder, "models", name), { recursive: true });
        const literal = /new ModelService\("[^"]+", (\{.*\})\);/s.exec(serviceSource(name, choices, "slipway"))?.[1];
        const args = runInNewContext(`(${literal})`, { platform }) as ModelServiceArgs;
        expect(() => checkModelService(name, args), name).not.toThrow();
      }
    } finally {
      cwd.mockRestore();
    }
  });

  it("is formatted as the project's own", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-new-"));
    for (const choices of combinations)
      writeFileSync(join(folder, `${choices.framework}-${choices.kind}-${choices.front}.ts`), serviceSource("rents", choices, "slipway"));
    writeFileSync(join(folder, "biome.json"), readFileSync(join(root, "biome.json")));
    const run = () =>
      execFileSync(join(root, "node_modules/.bin/biome"), ["format", "--vcs-enabled=false", folder], { cwd: folder, stdio: "pipe" });
    expect(run).not.toThrow();
  });
});

describe("the list of models", () => {
  it("takes a new one at its place in the alphabet, one to a line when they are many", () => {
    let source = 'import iris from "../models/iris/service";\n\nconst declarations: Record<string, unknown> = { iris };\n';
    for (const name of ["alpha", "zeta", "default"]) source = withModel(source, name) ?? "";
    expect(source).toBe(
      'import alpha from "../models/alpha/service";\nimport defaultModel from "../models/default/service";\nimport iris from "../models/iris/service";\n' +
        'import zeta from "../models/zeta/service";\n\nconst declarations: Record<string, unknown> = { iris, alpha, zeta, "default": defaultModel };\n',
    );
    for (let index = 0; index < 12; index++) source = withModel(source, `another${index}`) ?? "";
    expect(source).toContain("= {\n  iris,\n  alpha,\n");
    expect(source).toContain("  another11,\n};\n");
  });

  it("of another form is left to its owner", () => {
    expect(withModel("export const models = [];\n", "rents")).toBeUndefined();
    expect(withChosenModel("config:\n  aws:region: us-east-1\n", "rents")).toBe("config:\n  aws:region: us-east-1\n");
  });
});

describe("a question with several answers", () => {
  const asked = async (...lines: string[]) => {
    const [stdin, stderr] = [new PassThrough(), new PassThrough()];
    const answer = choose("How?", kindOptions, "realtime", { stdin, stderr }, new AbortController().signal);
    stderr.on("data", (text: Buffer) => {
      if (String(text).includes("[realtime]")) stdin.write(`${lines.shift() ?? ""}\n`);
    });
    return answer;
  };

  it("is answered by a number, a name or its beginning, and by nothing for the usual", async () => {
    expect(await asked("2")).toBe("serverless");
    expect(await asked("async")).toBe("async");
    expect(await asked("ser")).toBe("serverless");
    expect(await asked("")).toBe("realtime");
  });

  it("is asked again until it is understood", async () => {
    expect(await asked("7", "what", "3")).toBe("async");
  });
});
