import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileSize, readFrom } from "../../local/logs/file-tail";
import { isAlive, sendSignal } from "../daemon/process-table";
import { Interrupted } from "../errors/interrupted";
import type { StatePaths } from "../project/state-dir";
import type { EngineEvent } from "./engine-event";
import { forgetEngine, markVariable, newMark, recordEngine } from "./engine-record";
import { EventLogTail } from "./event-log";
import { clearDeadEngine, endChildren } from "./locks";

/** After Ctrl-C: how long the engine may take to end in an orderly way, and then at once (milliseconds). */
const patience = { orderly: 20_000, immediate: 5_000 };

export interface EngineCall {
  /** Folder of the Pulumi CLI and its language hosts. */
  readonly bin: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly paths: StatePaths;
  readonly signal: AbortSignal;
  readonly force: AbortSignal;
  onEvent?(event: EngineEvent): void;
}

export interface EngineEnd {
  readonly exitCode: number;
  /** How it ended, such as `ended with code 255`. */
  readonly words: string;
  /** What the engine printed, both streams. */
  readonly output: string;
  /** The log with that output in it. */
  readonly log: string;
}

/**
 * Runs the Pulumi CLI in a process group of its own. Its output goes straight to a file, so that it finishes its work (and its state) even when this
 * process dies. Ctrl-C is passed on once; rejects with `Interrupted` when the engine has ended.
 */
export async function runEngine(call: EngineCall): Promise<EngineEnd> {
  const { paths } = call;
  mkdirSync(paths.logs, { recursive: true });
  await clearDeadEngine(paths);
  rmSync(paths.engineEvents, { force: true });
  const log = join(paths.logs, "engine.log");
  const offset = fileSize(log);
  const output = openSync(log, "a");
  const mark = newMark();
  const child = spawn(join(call.bin, "pulumi"), [...call.args], {
    cwd: call.cwd,
    detached: true,
    stdio: ["ignore", output, output],
    env: { ...call.env, PATH: [call.bin, call.env.PATH ?? ""].join(delimiter), [markVariable]: mark },
  });
  closeSync(output);
  const { pid } = child;
  if (pid !== undefined) recordEngine(paths, { pid, waiter: process.pid, mark });
  const tail = new EventLogTail(paths.engineEvents, (event) => call.onEvent?.(event));
  const release = pid === undefined ? () => undefined : passOnInterrupt(pid, call);
  try {
    const ended = await new Promise<Pick<EngineEnd, "exitCode" | "words">>((settle, fail) => {
      child.once("error", fail);
      child.once("exit", (code, signal) =>
        settle({ exitCode: code ?? 1, words: signal === null ? `ended with code ${code}` : `was ended by ${signal}` }),
      );
    });
    tail.stop();
    if (call.signal.aborted) throw new Interrupted();
    return { ...ended, output: readFrom(log, offset), log };
  } finally {
    tail.stop();
    // The engine writes secret outputs of a stack into it as they are.
    rmSync(paths.engineEvents, { force: true });
    release();
    if (pid === undefined || !isAlive(pid)) {
      endChildren(mark);
      forgetEngine(paths);
    }
  }
}

/** The group gets what a terminal would have sent it; an engine that does not end is told again, then ended. */
function passOnInterrupt(pid: number, { signal, force }: EngineCall): () => void {
  const timers: NodeJS.Timeout[] = [];
  const end = () => {
    sendSignal(pid, "SIGINT");
    timers.push(setTimeout(() => sendSignal(-pid, "SIGKILL"), patience.immediate));
  };
  const interrupt = () => {
    sendSignal(-pid, "SIGINT");
    timers.push(setTimeout(end, patience.orderly));
  };
  if (signal.aborted) interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  force.addEventListener("abort", end, { once: true });
  return () => {
    signal.removeEventListener("abort", interrupt);
    force.removeEventListener("abort", end);
    for (const timer of timers) clearTimeout(timer);
  };
}
