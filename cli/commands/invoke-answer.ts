import { createWriteStream, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { finished } from "node:stream/promises";
import type { Model, StreamStart, Submission } from "../../client";
import { SlipwayError } from "../../components/errors/slipway-error";
import { Interrupted } from "../errors/interrupted";
import type { JsonValue } from "../output/events";
import type { VerbCall } from "../verbs/verb";
import type { Input } from "./invoke-input";

interface Answered {
  readonly value: unknown;
  readonly body: Uint8Array;
  readonly contentType: string;
}

/** Asks in the way of the model's kind, and shows the answer: alone on standard output, or in the file of `--output`. */
export async function answer(call: VerbCall, model: Model<Uint8Array>, input: Input): Promise<void> {
  const accept = call.arguments.text("accept");
  const options = { contentType: input.contentType, signal: call.signal, ...timeout(call), ...(accept === undefined ? {} : { accept }) };
  if (model.deployed.kind === "async") return answerLater(call, model, input, options);
  if (call.arguments.flag("stream")) return answerInParts(call, model, input, options);
  const answered = await model.ask(input.body, options);
  const milliseconds = Math.round(answered.milliseconds * 10) / 10;
  const requestId = answered.requestId ?? null;
  show(call, model, answered, { milliseconds, attempts: answered.attempts, requestId }, ["200", `${milliseconds} ms`, requestId ?? ""]);
}

type Options = { readonly contentType: string; readonly signal: AbortSignal; readonly accept?: string; readonly timeoutMs?: number };

function timeout(call: VerbCall): { readonly timeoutMs?: number } {
  const given = call.arguments.text("timeout");
  if (given === undefined) return {};
  const seconds = Number(given);
  if (given.trim() !== "" && seconds > 0 && Number.isFinite(seconds)) return { timeoutMs: seconds * 1_000 };
  throw new SlipwayError("SLIP-5010", `--timeout is no number of seconds above 0`, { received: given, cure: "--timeout 90" });
}

/** Uploads, submits and waits, with a line that says so. Ctrl-C leaves the request at work and says where its result will be. */
async function answerLater(call: VerbCall, model: Model<Uint8Array>, input: Input, options: Options): Promise<void> {
  const phase = model.deployed.name;
  const began = performance.now();
  let submission: Submission | undefined;
  call.emit({ kind: "phase-started", phase, detail: "submitting the request" });
  try {
    submission = await model.submit(input.body, options);
    const { inferenceId } = submission;
    call.emit({ kind: "phase-progress", phase, detail: `waiting for the result of ${inferenceId}` });
    const answered = await model.wait(submission, options);
    call.emit({ kind: "phase-dropped", phase });
    const milliseconds = Math.round(performance.now() - began);
    show(call, model, answered, { milliseconds, inferenceId, outputLocation: answered.outputLocation }, [
      `${milliseconds} ms`,
      inferenceId,
    ]);
  } catch (error) {
    call.emit({ kind: "phase-dropped", phase });
    if (submission === undefined || !call.signal.aborted) throw error;
    tellWhere(call, submission);
    throw new Interrupted("Interrupted while waiting for the result.");
  }
}

function tellWhere(call: VerbCall, { model, inferenceId, outputLocation, failureLocation }: Submission): void {
  call.emit({
    kind: "result",
    data: { model, inferenceId, outputLocation: outputLocation ?? null, failureLocation: failureLocation ?? null },
    blocks: [],
    aside: [
      `The request goes on: inference ID ${inferenceId}`,
      ...(outputLocation === undefined ? [] : [`result   ${outputLocation}`]),
      ...(failureLocation === undefined ? [] : [`failure  ${failureLocation}`]),
    ],
  });
}

/** Shows each part when it comes. */
async function answerInParts(call: VerbCall, model: Model<Uint8Array>, input: Input, options: Options): Promise<void> {
  const began = performance.now();
  const file = outputFile(call);
  const sink = file === undefined ? undefined : createWriteStream(file);
  const failed = sink === undefined ? undefined : finished(sink).catch(fileError(file));
  const decoder = new TextDecoder();
  let start: StreamStart | undefined;
  let bytes = 0;
  const show = (text: string) => text !== "" && call.emit({ kind: "part", text, data: { part: text } });
  for await (const part of model.invokeStream(input.body, { ...options, onStart: (told) => (start = told) })) {
    bytes += part.byteLength;
    if (sink === undefined) show(decoder.decode(part, { stream: true }));
    else if (!sink.write(part)) await Promise.race([new Promise<void>((drained) => sink.once("drain", () => drained())), failed]);
  }
  show(decoder.decode());
  sink?.end();
  await failed;
  const milliseconds = Math.round(performance.now() - began);
  call.emit({
    kind: "result",
    data: { model: model.deployed.name, contentType: start?.contentType ?? null, bytes, milliseconds, requestId: start?.requestId ?? null },
    blocks: sink === undefined ? [{ kind: "text", lines: [""] }] : [],
    aside: [line(model, ["200", `${milliseconds} ms`, start?.requestId ?? "", file ?? ""])],
  });
}

function show(
  call: VerbCall,
  model: Model<Uint8Array>,
  answered: Answered,
  known: { [key: string]: JsonValue },
  words: readonly string[],
): void {
  const { body, contentType, value } = answered;
  const file = outputFile(call);
  if (file !== undefined) {
    try {
      writeFileSync(file, body);
    } catch (cause) {
      fileError(file)(cause);
    }
  }
  const shown: JsonValue = value instanceof Uint8Array ? { base64: Buffer.from(body).toString("base64") } : (value as JsonValue);
  const answer: { [key: string]: JsonValue } = file === undefined ? { answer: shown } : { file, bytes: body.byteLength };
  call.emit({
    kind: "result",
    data: { model: model.deployed.name, ...answer, contentType, ...known },
    blocks: file === undefined ? [{ kind: "text", lines: [new TextDecoder().decode(body).replace(/\n$/, "")] }] : [],
    aside: [line(model, [...words, file ?? ""])],
  });
}

function line(model: Model<Uint8Array>, words: readonly string[]): string {
  return [model.deployed.name, ...words].filter((word) => word !== "").join("  ");
}

function outputFile(call: VerbCall): string | undefined {
  const given = call.arguments.text("output");
  return given === undefined ? undefined : resolve(call.cwd, given);
}

function fileError(file: string | undefined): (cause: unknown) => never {
  return (cause) => {
    const details = [cause instanceof Error ? cause.message : String(cause)];
    throw new SlipwayError("SLIP-5010", "The answer cannot be written", { received: `--output ${file ?? ""}`, details, cause });
  };
}
