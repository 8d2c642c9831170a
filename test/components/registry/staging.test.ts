import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const rounds = 20;
const files = Array.from({ length: 12 }, (_, index) => `part-${index}.py`);

/** Stages the same folder again and again, with another content each time, from the moment that its standard input ends. */
const program = `
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stageFiles } from "${join(__dirname, "../../../components/registry/image-context")}";
readFileSync(0);
for (let round = 0; round < ${rounds}; round++) {
  const source = join(process.cwd(), "sources", String(round));
  const files = ${JSON.stringify(files)}.map((path) => ({ path, absolute: join(source, path) }));
  stageFiles("shared", files, { "manifest.json": String(round) }, "content-" + round);
}
`;

describe("two processes that stage the same image at once", () => {
  let folder: string;
  let script: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-staging-"));
    script = join(folder, "stage.cjs");
    buildSync({
      stdin: { contents: program, resolveDir: __dirname, loader: "ts" },
      outfile: script,
      bundle: true,
      platform: "node",
      format: "cjs",
      logLevel: "error",
    });
    for (let round = 0; round < rounds; round++) {
      mkdirSync(join(folder, "sources", String(round)), { recursive: true });
      for (const file of files) writeFileSync(join(folder, "sources", String(round), file), `${file} of ${round}`);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function stage(): Promise<string> {
    const child = spawn(process.execPath, [script], { cwd: folder, stdio: ["pipe", "ignore", "pipe"] });
    let output = "";
    child.stderr.on("data", (chunk: Buffer) => {
      output += String(chunk);
    });
    const ended = once(child, "close");
    child.stdin.end();
    const [code] = (await ended) as [number];
    return `${code} ${output}`;
  }

  test("both succeed, and leave one whole folder with the last content", async () => {
    expect(await Promise.all([stage(), stage()])).toEqual(["0 ", "0 "]);
    const build = join(folder, ".slipway", "build");
    expect(readdirSync(build).sort()).toEqual(["shared", "shared.hash"]);
    const staged = readdirSync(join(build, "shared")).map((name) => [name, readFileSync(join(build, "shared", name), "utf8")]);
    const last = rounds - 1;
    expect(Object.fromEntries(staged)).toEqual({
      "manifest.json": String(last),
      ...Object.fromEntries(files.map((file) => [file, `${file} of ${last}`])),
    });
  });
});
