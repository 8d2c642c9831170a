import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { runProgram } from "../../cli/program";

export interface CommandEnd {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with a Pulumi project and one declared model, `iris`. */
export function projectFolder(): string {
  const root = mkdtempSync(join(tmpdir(), "slipway-cli-"));
  mkdirSync(join(root, "models/iris"), { recursive: true });
  writeFileSync(join(root, "Pulumi.yaml"), "name: slipway\nruntime: nodejs\n");
  writeFileSync(join(root, "models/iris/service.ts"), "");
  writeFileSync(join(root, "models/iris/model.py"), 'class Model:\n    def predict(self, input):\n        return input["petal_length"]\n');
  writeFileSync(join(root, "models/iris/sample.json"), `{"petal_length":1.4}\n`);
  return root;
}

/** Runs one command line in this process, as in a pipe. */
export async function slipway(
  cwd: string,
  argv: readonly string[],
  o: { input?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<CommandEnd> {
  const output = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") =>
    new Writable({
      write(chunk: Buffer, _, done) {
        output[name] += chunk.toString();
        done();
      },
    });
  const exitCode = await runProgram(argv, {
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    stdin: o.input === undefined ? new PassThrough() : Readable.from([Buffer.from(o.input)]),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: "C.UTF-8", ...o.env },
    cwd,
    onInterrupt: () => undefined,
  });
  return { exitCode, ...output };
}
