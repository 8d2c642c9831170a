import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ensureDevTools } from "../../../tools/python/ensure";
import { checkerPort, checkerScript } from "./traffic";

/** As the global setup of the contract tests: one checker of all their traffic, which has read AWS's service models once. It ends with the run. */
export default async function startChecker(): Promise<() => Promise<void>> {
  const { python } = await ensureDevTools();
  const checker = spawn(python, [checkerScript, "--serve"], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(checker, "exit");
  const port = await Promise.race([
    once(createInterface(checker.stdout), "line").then(([line]) => String(line)),
    ended.then(([code]) => Promise.reject(new Error(`${checkerScript} ended with code ${code}`))),
  ]);
  process.env[checkerPort] = port;
  return async () => {
    checker.stdin.end();
    await ended;
  };
}
