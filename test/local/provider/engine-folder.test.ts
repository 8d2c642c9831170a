import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engineFolder } from "../../../local/provider/engine-folder";

const listen = 'const s = require("net").createServer().listen(0, "127.0.0.1", () => console.log(s.address().port));';

describe("the folder of the program that an engine runs", () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "slipway-engine-folder-")));
    mkdirSync(join(folder, "below"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const ask = async (cwd: string): Promise<string | undefined> => {
    const engine = spawn(process.execPath, ["-e", listen], { cwd, stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [port] = (await once(engine.stdout, "data")) as [Buffer];
      return await engineFolder(`127.0.0.1:${port.toString().trim()}`);
    } finally {
      engine.kill();
      await once(engine, "exit");
    }
  };

  it("is the working directory of the process that listens on the engine's address", async () => {
    expect(await ask(join(folder, "below"))).toBe(join(folder, "below"));
  });

  it("is the project's folder when the engine was started below it", async () => {
    writeFileSync(join(folder, "Pulumi.yaml"), "name: x\nruntime: nodejs\n");
    expect(await ask(join(folder, "below"))).toBe(folder);
  });

  it("is not known when nobody listens there", async () => {
    expect(await engineFolder("127.0.0.1:1")).toBeUndefined();
    expect(await engineFolder("")).toBeUndefined();
  });
});
