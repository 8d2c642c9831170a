import { SlipwayClient } from "../../client";
import { SlipwayError } from "../../components/errors/slipway-error";
import { runningDaemon } from "../daemon/admin";
import { readDaemonRecord } from "../daemon/record";
import { localOutputs } from "../engine/local-stack";
import { localPaths } from "../project/local-place";
import { declaredModels, findProject, localModels, type Project } from "../project/project";
import { stateWords } from "../project/state-words";
import { closest } from "../verbs/closest";
import type { VerbCall } from "../verbs/verb";
import { answer } from "./invoke-answer";
import { explainInvokeError } from "./invoke-errors";
import { readInput } from "./invoke-input";

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
    await answer(call, client.model<Uint8Array>(name), input).catch((error: unknown) => {
      throw explainInvokeError(error, { name, stack, body: input.body, root: findProject(call.cwd)?.root });
    });
  } finally {
    client.close();
  }
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

function stackError(cause: unknown): never {
  throw new SlipwayError("SLIP-6001", cause instanceof Error ? cause.message : String(cause), { cause });
}
