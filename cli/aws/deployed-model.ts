import type { DeployedModel } from "../../client/model-outputs";
import { deployedModels } from "../../client/model-outputs";
import { readStackOutputs } from "../../client/stack-outputs";
import type { AwsClients } from "../../components/aws/clients";
import { SlipwayError } from "../../components/errors/slipway-error";
import { runningDaemon } from "../daemon/admin";
import { readDaemonRecord } from "../daemon/record";
import { localOutputs } from "../engine/local-stack";
import { localPaths } from "../project/local-place";
import { declaredModels, findProject } from "../project/project";
import { stateWords } from "../project/state-words";
import { closest } from "../verbs/closest";
import type { VerbCall } from "../verbs/verb";

/** A model of a stack, or of the local platform, and AWS clients that see it. */
export interface Found {
  readonly model: DeployedModel;
  readonly clients: CommandClients;
  /** What a command for the same model has after its name: ` --stack prod`, or ` --state DIR`. */
  readonly words: string;
  readonly isLocal: boolean;
}

export type CommandClients = Pick<AwsClients, "sagemaker" | "logs"> & { close(): void };

/** Where AWS is for a command: undefined credentials are found as all AWS tools find them. */
export interface AwsPlace {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The model a command names, by `--stack` or on the local platform. Throws SLIP-4103, SLIP-4104, SLIP-5006 or SLIP-6001. */
export async function findModel(call: VerbCall): Promise<Found> {
  const [name = ""] = call.arguments.positionals;
  const stack = call.arguments.text("stack");
  const place = stack === undefined ? await localAws(call) : undefined;
  const models = deployedModels(stack === undefined ? localOutputs(localPaths(call)) : await outputsOf(call, stack));
  const model = models.find((known) => known.name === name) ?? unknown(call, name, models, stack);
  const region = model.region;
  const clients = await commandClients(place ?? (region === undefined ? {} : { region }));
  const words = stack === undefined ? stateWords(call.arguments.text("state")) : ` --stack ${stack}`;
  return { model, clients, words, isLocal: stack === undefined };
}

/** The endpoint of the running local platform. */
export async function localAws(call: VerbCall): Promise<AwsPlace> {
  const record = readDaemonRecord(localPaths(call));
  if (record === undefined || (await runningDaemon(record)) === undefined) {
    throw new SlipwayError("SLIP-5006", "The local platform is not running", {
      cure: `Start it: slipway local up${stateWords(call.arguments.text("state"))}.`,
      more: ["slipway doctor"],
    });
  }
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return { region: record.region, endpoint: `http://localhost:${record.port}`, credentials };
}

/** Clients whose connections must be closed, lest the command waits for them. */
export async function commandClients(place: AwsPlace): Promise<CommandClients> {
  const { SageMakerClient } = await import("@aws-sdk/client-sagemaker");
  const { CloudWatchLogsClient } = await import("@aws-sdk/client-cloudwatch-logs");
  const sagemaker = new SageMakerClient({ ...place, maxAttempts: 5 });
  const logs = new CloudWatchLogsClient({ ...place, maxAttempts: 5 });
  return {
    sagemaker,
    logs,
    close: () => {
      sagemaker.destroy();
      logs.destroy();
    },
  };
}

/** AWS's own words, under SLIP-6002; errors of the catalogue pass. */
export function awsError(error: unknown, action: string): unknown {
  if (!(error instanceof Error) || error instanceof SlipwayError || !("$metadata" in error || error.name === "CredentialsProviderError")) {
    return error;
  }
  return new SlipwayError("SLIP-6002", `AWS refused: ${error.message}`, {
    cure: `aws sts get-caller-identity shows who you are; the role needs ${action}.`,
    cause: error,
  });
}

async function outputsOf(call: VerbCall, stack: string): Promise<Record<string, unknown>> {
  try {
    return await readStackOutputs({ stack, cwd: call.cwd, env: call.env });
  } catch (cause) {
    throw new SlipwayError("SLIP-6001", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function unknown(call: VerbCall, name: string, models: readonly DeployedModel[], stack: string | undefined): never {
  const project = findProject(call.cwd);
  const declared = project === undefined ? [] : declaredModels(project);
  if (declared.includes(name)) {
    const where = stack === undefined ? "the local platform" : `stack ${stack}`;
    throw new SlipwayError("SLIP-4104", `${name} is declared, but not deployed on ${where}`, {
      cure: stack === undefined ? "npx slipway local up" : `pulumi up --stack ${stack}`,
    });
  }
  const known = [...new Set([...models.map((model) => model.name), ...declared])].sort();
  const guess = closest(name, known);
  throw new SlipwayError("SLIP-4103", `There is no model "${name}"${guess === undefined ? "" : `; did you mean "${guess}"?`}`, {
    received: name,
    cure: known.length === 0 ? "declare one in models/<name>/service.ts" : `use one of: ${known.join(", ")}`,
  });
}
