import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureTools } from "../../cli/commands/local-tools";
import { isAlive } from "../../cli/daemon/process-table";
import { Interrupted } from "../../cli/errors/interrupted";
import type { Event } from "../../cli/output/events";
import { scratchFolder, script } from "../tools/scratch";

describe("Ctrl-C while tools are installed", () => {
  it("ends the installer at once, leaves nothing half-installed, and is told as an interruption", async () => {
    const folder = scratchFolder();
    const bin = join(folder, "bin");
    const pidFile = join(folder, "pid");
    script(join(bin, "pulumi"), "echo v3.999.0");
    script(join(bin, "pulumi-language-nodejs"), "exit 0");
    script(join(bin, "python3"), `if [ "$1" = -c ]; then echo ${bin}/python3; echo 3.12.4; else echo $$ > ${pidFile}; exec sleep 100; fi`);
    const env = { PATH: `${bin}:/usr/bin:/bin`, XDG_CACHE_HOME: join(folder, "cache") };
    const abort = new AbortController();
    const events: Event[] = [];
    const ended = ensureTools(env, (event) => events.push(event), abort.signal).catch((error: unknown) => error);
    await expect.poll(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").trim()).toMatch(/^\d+$/);
    abort.abort(new Interrupted());
    expect(await ended).toBe(abort.signal.reason);
    expect(isAlive(Number(readFileSync(pidFile, "utf8")))).toBe(false);
    expect(readdirSync(join(folder, "cache", "slipway", "python"))).toEqual([]);
    expect(events.at(-1)).toMatchObject({ kind: "phase-finished", phase: "tools", outcome: "stopped" });
  });
});
