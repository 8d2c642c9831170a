import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { catalogue } from "../components/errors/catalogue";
import { asSlipwayErrors } from "./errors/as-slipway-error";
import { Interrupted } from "./errors/interrupted";
import type { Emit, Event } from "./output/events";
import { JsonRenderer } from "./output/json";
import { LogFile } from "./output/log-file";
import { PlainRenderer } from "./output/plain";
import { ask, choose, confirm } from "./output/questions";
import type { Renderer, Sinks } from "./output/renderer";
import { styleFor } from "./output/style";
import { TerminalRenderer } from "./output/terminal";
import { findStateDir } from "./project/state-dir";
import { overviewHelp, verbHelp } from "./verbs/help";
import { type ParsedCall, parseCall, wantsJson } from "./verbs/parse";
import { version } from "./version";

/** The process a command runs in, as far as it may touch it. */
export interface Surroundings {
  readonly stdout: Writable & { isTTY?: boolean };
  readonly stderr: Writable & { isTTY?: boolean };
  readonly stdin: Readable & { isTTY?: boolean };
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  onInterrupt(listener: () => void): void;
}

/** Runs one command line and resolves to its exit code; never rejects. */
export async function runProgram(argv: readonly string[], around: Surroundings): Promise<number> {
  const log = new LogFile();
  const json = wantsJson(argv);
  let renderer: Renderer | undefined;
  const render = (command: string) => (renderer ??= rendererFor(command, json, around, log));
  const emit: Emit = (event) => render(argv[0] ?? "").handle(event);
  let exitCode: number;
  try {
    const call = parseCall(argv);
    render(call.verb.name === "" ? "overview" : call.verb.name);
    exitCode = await runCall(call, emit, around, log, argv);
  } catch (error) {
    exitCode = reportFailure(error, emit, log);
  }
  renderer?.close(exitCode);
  log.close();
  return exitCode;
}

async function runCall(call: ParsedCall, emit: Emit, around: Surroundings, log: LogFile, argv: readonly string[]): Promise<number> {
  if (call.version) {
    emit({ kind: "result", data: { version }, blocks: [{ kind: "text", lines: [version] }] });
    return 0;
  }
  if (call.help) {
    const blocks = call.verb.name === "" ? overviewHelp(version) : verbHelp(call.verb);
    emit({ kind: "result", data: { help: blocks.flatMap((block) => (block.kind === "text" ? block.lines : [])) }, blocks });
    return 0;
  }
  const stateDir = findStateDir(call.arguments.text("state"), around.cwd);
  if (stateDir !== undefined) log.open(join(stateDir, "logs", "slipway.log"), `$ slipway ${argv.join(" ")}`, call.verb.name === "local up");
  const abort = new AbortController();
  const force = new AbortController();
  around.onInterrupt(() => (abort.signal.aborted ? force : abort).abort(new Interrupted()));
  const interactive = around.stdin.isTTY === true && around.stderr.isTTY === true && !call.json;
  const { run } = await call.verb.load();
  const exitCode = await run({
    arguments: call.arguments,
    emit,
    env: around.env,
    cwd: around.cwd,
    stdin: around.stdin,
    interactive,
    signal: abort.signal,
    force: force.signal,
    ask: (question) => ask(question, around, abort.signal),
    confirm: (question) => confirm(question, around, abort.signal),
    choose: (question, options, standard) => choose(question, options, standard, around, abort.signal),
  });
  return exitCode ?? 0;
}

function reportFailure(error: unknown, emit: (event: Event) => void, log: LogFile): number {
  if (error instanceof Interrupted) {
    emit({ kind: "note", level: "info", text: error.message });
    return 130;
  }
  const failures = asSlipwayErrors(error, log.path);
  for (const failure of failures) emit({ kind: "error", error: failure });
  const first = failures[0];
  if (first?.code === "SLIP-5099" && error instanceof Error) log.write(error.stack ?? error.message);
  return first === undefined ? 3 : catalogue[first.code].exitCode;
}

function rendererFor(command: string, json: boolean, around: Surroundings, log: LogFile): Renderer {
  const sinks: Sinks = {
    stdout: (text) => void around.stdout.write(text),
    stderr: (text) => void around.stderr.write(text),
    log: (line) => log.write(line),
  };
  if (json) return new JsonRenderer(command, sinks, styleFor(around.env, false));
  const live = around.stderr.isTTY === true && around.env.TERM !== "dumb" && around.env.CI === undefined;
  const style = styleFor(around.env, around.stderr.isTTY === true && around.stdout.isTTY === true);
  return live ? new TerminalRenderer(sinks, style) : new PlainRenderer(sinks, style);
}
