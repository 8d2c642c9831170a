import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { ensureDevTools } from "../../../tools/python/ensure";

/** To be preloaded by daemons that tests start as processes of their own. */
export const recorderPath = join(__dirname, "traffic-recorder.cjs");

/** What check_traffic.py finds wrong with the answers in these files: one line each, none when all is as AWS's models have it. */
export async function trafficFaults(files: readonly string[]): Promise<string[]> {
  const { python } = await ensureDevTools();
  const script = join(__dirname, "check_traffic.py");
  return new Promise((resolve, reject) => {
    execFile(python, [script, ...files], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && error.code !== 1) {
        reject(new Error(`check_traffic.py failed: ${stderr}`));
      } else {
        resolve(stdout.split("\n").filter((line) => line !== ""));
      }
    });
  });
}

/** As a setup file: records all answers of the test file it is run for, and checks them at its end. */
export function checkAllTraffic(): void {
  const folder = mkdtempSync(join(tmpdir(), "slipway-traffic-"));
  process.env.SLIPWAY_TRAFFIC = join(folder, "answers");
  createRequire(__filename)(recorderPath);
  afterAll(async () => {
    const files = readdirSync(folder).map((file) => join(folder, file));
    expect(files.length === 0 ? [] : await trafficFaults(files), "answers that AWS's service model does not allow").toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });
}
