import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, expect } from "vitest";
import { ensureDevTools } from "../../../tools/python/ensure";

export const checkerScript = join(__dirname, "check_traffic.py");

/** The variable that has the port of the run's own checker. */
export const checkerPort = "SLIPWAY_TRAFFIC_CHECKER";

/** To be preloaded by daemons that tests start as processes of their own. */
export const recorderPath = join(__dirname, "traffic-recorder.cjs");

/** What check_traffic.py finds wrong with the answers in these files: one line each, none when all is as AWS's models have it. */
export async function trafficFaults(files: readonly string[]): Promise<string[]> {
  const port = process.env[checkerPort];
  return port === undefined ? askScript(files) : askChecker(Number(port), files);
}

async function askChecker(port: number, files: readonly string[]): Promise<string[]> {
  const socket = connect(port, "127.0.0.1");
  socket.end(`${JSON.stringify(files)}\n`);
  return JSON.parse((await buffer(socket)).toString("utf8"));
}

async function askScript(files: readonly string[]): Promise<string[]> {
  const { python } = await ensureDevTools();
  return new Promise((resolve, reject) => {
    execFile(python, [checkerScript, ...files], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
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
