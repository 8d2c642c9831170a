import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDevTools } from "../../../tools/python/ensure";

/** A request of the protocol JSON 1.1; `service` as botocore calls it. */
export interface AwsRequest {
  readonly service: string;
  readonly operation: string;
  readonly input: object;
}

/** What check_requests.py finds wrong with the requests: one line each, none when AWS's models allow them all. */
export async function requestFaults(requests: readonly AwsRequest[]): Promise<string[]> {
  const { python } = await ensureDevTools();
  const folder = mkdtempSync(join(tmpdir(), "slipway-requests-"));
  const file = join(folder, "requests.jsonl");
  writeFileSync(file, requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
  return new Promise<string[]>((resolve, reject) => {
    execFile(python, [join(__dirname, "check_requests.py"), file], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && error.code !== 1) {
        reject(new Error(`check_requests.py failed: ${stderr}`));
      } else {
        resolve(stdout.split("\n").filter((line) => line !== ""));
      }
    });
  }).finally(() => rmSync(folder, { recursive: true, force: true }));
}
