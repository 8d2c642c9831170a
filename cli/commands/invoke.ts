import { existsSync, readFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Answer, SlipwayClient } from "../../client";
import { SlipwayError } from "../../components/errors/slipway-error";
import { runningDaemon } from "../daemon/admin";
import { readDaemonRecord } from "../daemon/record";
import { localOutputs } from "../engine/local-stack";
import type { JsonValue } from "../output/events";
import { localPaths } from "../project/local-place";
import { declaredModels, findProject, localModels, type Project } from "../project/project";
import { stateWords } from "../project/state-words";
import { closest } from "../verbs/closest";
import type { VerbCall } from "../verbs/verb";
import { explainInvokeError } from "./invoke-errors";

/** Media types by file name; everything else is sent as JSON. */
const typesByName: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".txt": "text/plain",
  ".bin": "application/octet-stream",
  ".npy": "application/x-npy",
};

interface Input {
  readonly body: Uint8Array;
  readonly contentType: string;
}

/** Prints the answer alone on standard output; what else is known goes to standard error. */
export async function run(call: VerbCall): Promise<undefined> {
  const [name = "", given = "@sample"] = call.arguments.positionals;
  const stack = call.arguments.text("stack");
  const client =
    stack === undefined
      ? await localClient(call)
      : await SlipwayClient.fromStack({ stack, cwd: call.cwd, env: call.env }).catch(stackError);
  try {
    checkModel(client, name, call, stack);
    const input = await readInput(given, name, call);
    const accept = call.arguments.text("accept");
    const answer = await client
      .model<Uint8Array>(name)
      .ask(input.body, { contentType: input.contentType, signal: call.signal, ...(accept === undefined ? {} : { accept }) })
      .catch((error: unknown) => {
        throw explainInvokeError(error, { name, stack, body: input.body, root: findProject(call.cwd)?.root });
      });
    tell(call, name, answer);
  } finally {
    client.close();
  }
}

function tell(call: VerbCall, name: string, answer: Answer<unknown>): void {
  const isBinary = answer.value instanceof Uint8Array;
  const text = new TextDecoder().decode(answer.body).replace(/\n$/, "");
  const value: JsonValue = isBinary ? { base64: Buffer.from(answer.body).toString("base64") } : (answer.value as JsonValue);
  const milliseconds = Math.round(answer.milliseconds * 10) / 10;
  const requestId = answer.requestId ?? null;
  call.emit({
    kind: "result",
    data: { model: name, answer: value, contentType: answer.contentType, milliseconds, attempts: answer.attempts, requestId },
    blocks: [{ kind: "text", lines: [text] }],
    aside: [[name, "200", `${milliseconds} ms`, ...(answer.requestId === undefined ? [] : [answer.requestId])].join("  ")],
  });
}

async function localClient(call: VerbCall): Promise<SlipwayClient> {
  const paths = localPaths(call);
  const record = readDaemonRecord(paths);
  if (record === undefined || (await runningDaemon(record)) === undefined) {
    throw new SlipwayError("SLIP-5006", "The local platform is not running", {
      cure: `Start it: slipway local up${stateWords(call.arguments.text("state"))}.`,
      more: ["slipway doctor"],
    });
  }
  const options = { endpoint: record.endpointUrl, region: record.region };
  return SlipwayClient.fromStackOutputs({ models: {}, ...localOutputs(paths) }, options);
}

function checkModel(client: SlipwayClient, name: string, call: VerbCall, stack: string | undefined): void {
  if (client.names.includes(name)) return;
  const project = findProject(call.cwd);
  const declared = project === undefined ? [] : declaredModels(project);
  const known = [...new Set([...client.names, ...declared])].sort();
  const where = stack === undefined ? "the local platform" : `stack ${stack}`;
  if (declared.includes(name)) {
    throw new SlipwayError("SLIP-4104", `${name} is declared, but not deployed on ${where}`, {
      cure: stack === undefined ? localCure(name, project) : `pulumi up --stack ${stack}`,
    });
  }
  const guess = closest(name, known);
  throw new SlipwayError("SLIP-4103", `There is no model "${name}"${guess === undefined ? "" : `; did you mean "${guess}"?`}`, {
    received: name,
    cure: known.length === 0 ? "declare one in models/<name>/service.ts" : `use one of: ${known.join(", ")}`,
  });
}

/** How a declared model gets onto the local platform. */
function localCure(name: string, project: Project | undefined): string {
  const isChosen = project === undefined || localModels(project).includes(name);
  return `${isChosen ? "" : `add "- ${name}" below slipway:models in Pulumi.local.yaml, then `}npx slipway local up`;
}

async function readInput(given: string, model: string, call: VerbCall): Promise<Input> {
  const type = call.arguments.text("content-type");
  if (given === "-") return checked(await buffer(call.stdin), type ?? "application/json", "standard input");
  if (given.startsWith("@")) {
    const path = given === "@sample" ? samplePath(model, call) : resolve(call.cwd, given.slice(1));
    return fromFile(path, type);
  }
  const path = resolve(call.cwd, given);
  if (!/^\s*[[{"\d-]/.test(given) && existsSync(path)) return fromFile(path, type);
  return checked(Buffer.from(given), type ?? "application/json", given);
}

function samplePath(model: string, call: VerbCall): string {
  const root = findProject(call.cwd)?.root ?? call.cwd;
  const path = join(root, "models", model, "sample.json");
  if (existsSync(path)) return path;
  throw new SlipwayError("SLIP-4105", `${model} has no sample request`, {
    received: "@sample",
    cure: `write one to ${path}, or give JSON in single quotes`,
  });
}

function fromFile(path: string, type: string | undefined): Input {
  try {
    return checked(readFileSync(path), type ?? typesByName[extname(path)] ?? "application/json", path);
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    throw new SlipwayError("SLIP-4105", "The file cannot be read", {
      received: path,
      details: [cause instanceof Error ? cause.message : String(cause)],
      cause,
    });
  }
}

/** JSON is checked here, where the mistake is, and sent byte for byte as it was given. */
function checked(body: Buffer, contentType: string, received: string): Input {
  if (contentType === "application/json") {
    try {
      JSON.parse(body.toString("utf8"));
    } catch (cause) {
      const short = received.length > 200 ? `${received.slice(0, 200)}...` : received;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SlipwayError("SLIP-4105", `The request is not JSON: ${reason}`, {
        received: short,
        cure: "put JSON in single quotes, or name a file that exists",
        cause,
      });
    }
  }
  return { body, contentType };
}

function stackError(cause: unknown): never {
  throw new SlipwayError("SLIP-6001", cause instanceof Error ? cause.message : String(cause), { cause });
}
