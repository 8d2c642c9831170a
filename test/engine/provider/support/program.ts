import { ensurePulumi } from "../../../../tools/pulumi/ensure";
import type { EngineRun } from "../../support/engine-run";
import { StackFolder } from "../../support/stack-folder";
import type { ProviderUnderTest } from "./provider-under-test";

/** What one run of the engine did: its exit code, its steps as `create aws:s3/bucket:Bucket data`, and all it said. */
export interface Run {
  readonly exitCode: number | null;
  readonly steps: string[];
  readonly text: string;
}

const QUIET = new Set(["same", "read", "discard"]);

/** A Pulumi program in plain JavaScript in a folder of its own, with its own state. */
export class Program extends StackFolder<Run> {
  static async create(provider: Pick<ProviderUnderTest, "port" | "endpointUrl">): Promise<Program> {
    const { bin } = await ensurePulumi({});
    const program = new Program("program", { bin, providerPort: provider.port }, {});
    program.write("Pulumi.yaml", "name: provider\nruntime:\n  name: nodejs\n  options: { typescript: false }\n");
    program.write("package.json", '{ "main": "index.js" }\n');
    await program.pulumi("stack", "init", "test");
    return program;
  }

  /** Sets the program's text; `aws`, `awsx`, `docker` and `pulumi` are at hand, and what it assigns to `exports` is the outputs. */
  is(text: string): void {
    const imports = ["aws", "awsx", "docker"].filter((name) => new RegExp(`\\b${name}\\.`).test(text));
    const lines = ['const pulumi = require("@pulumi/pulumi");', ...imports.map((name) => `const ${name} = require("@pulumi/${name}");`)];
    this.write("index.js", `${lines.join("\n")}\n${text}`);
  }

  protected told({ exitCode, steps, text }: EngineRun): Run {
    const shown = steps.filter(({ op, type }) => !QUIET.has(op) && type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"));
    return { exitCode, steps: shown.map(({ op, type, name }) => `${op} ${type} ${name}`), text };
  }
}
