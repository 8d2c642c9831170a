import { existsSync, readFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { SlipwayError } from "../../components/errors/slipway-error";
import { findProject } from "../project/project";
import type { VerbCall } from "../verbs/verb";

/** Media types by file name; everything else is sent as JSON. */
const typesByName: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".txt": "text/plain",
  ".bin": "application/octet-stream",
  ".npy": "application/x-npy",
  ".wav": "audio/wav",
};

export interface Input {
  readonly body: Uint8Array;
  readonly contentType: string;
}

/** What is to be sent: JSON as it stands, a file, `@file`, the model's sample, or standard input. Throws SLIP-4105. */
export async function readInput(given: string, model: string, call: VerbCall): Promise<Input> {
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
  const found = [path, join(root, "models", model, "sample.wav")].find((each) => existsSync(each));
  if (found !== undefined) return found;
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
