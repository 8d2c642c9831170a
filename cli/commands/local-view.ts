import { type DeployedModel, deployedModels } from "../../client/model-outputs";
import { type DaemonStatus, type EndpointStatus, statusOf } from "../daemon/admin";
import { readDaemonRecord } from "../daemon/record";
import { localOutputs } from "../engine/local-stack";
import type { Cell, JsonValue } from "../output/events";
import { localPaths } from "../project/local-place";
import { findProject, localModels } from "../project/project";
import type { VerbCall } from "../verbs/verb";

/** One model as the status shows it. */
export interface ModelRow {
  readonly name: string;
  readonly state: string;
  readonly well: boolean;
  readonly reason: string | undefined;
  readonly deployed: DeployedModel | undefined;
  readonly endpoint: EndpointStatus | undefined;
}

export interface LocalView {
  /** Undefined when the local platform is not running. */
  readonly status: DaemonStatus | undefined;
  readonly models: readonly ModelRow[];
}

/** What runs on this machine: every model of the local stack, and every deployed one. */
export async function localView(call: VerbCall): Promise<LocalView> {
  const paths = localPaths(call);
  const project = findProject(call.cwd);
  const record = readDaemonRecord(paths);
  const status = record === undefined ? undefined : await statusOf(record.port);
  const deployed = deployedModels(localOutputs(paths));
  const names = [...new Set([...(project === undefined ? [] : localModels(project)), ...deployed.map(({ name }) => name)])].sort();
  return {
    status,
    models: names.map((name) =>
      modelRow(
        name,
        deployed.find((model) => model.name === name),
        status,
      ),
    ),
  };
}

function modelRow(name: string, deployed: DeployedModel | undefined, status: DaemonStatus | undefined): ModelRow {
  const endpoint = status?.endpoints.find((each) => each.name === deployed?.endpointName);
  const failedJob = status?.trainingJobs
    .filter((job) => job.name.startsWith(name))
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
    .find((job, index) => index === 0 && job.status === "Failed");
  const state =
    endpoint?.status ??
    (failedJob !== undefined ? "Training failed" : deployed === undefined || status !== undefined ? "not deployed" : "stopped");
  const reason = endpoint?.failureReason ?? failedJob?.failureReason;
  return { name, state, well: state === "InService", reason, deployed, endpoint };
}

/** Table of models: state, kind and the last answer. */
export function modelTable(rows: readonly ModelRow[], now: number): { head: string[]; rows: Cell[][] } {
  return {
    head: ["MODEL", "STATE", "KIND", "LAST ANSWER"],
    rows: rows.map((row) => [row.name, { text: row.state, tone: toneOf(row) }, row.deployed?.kind ?? "-", lastAnswer(row, now)]),
  };
}

export function modelsData(rows: readonly ModelRow[]): { readonly [key: string]: JsonValue } {
  return Object.fromEntries(
    rows.map(({ name, state, reason, deployed, endpoint }): [string, JsonValue] => [
      name,
      {
        state,
        kind: deployed?.kind ?? null,
        endpointName: deployed?.endpointName ?? null,
        apiUrl: deployed?.apiUrl ?? null,
        failureReason: reason ?? null,
        lastInvocation: endpoint?.lastInvocation === undefined ? null : { ...endpoint.lastInvocation },
      },
    ]),
  );
}

function toneOf({ well, state }: ModelRow): "good" | "bad" | "quiet" | "warning" {
  if (well) return "good";
  if (/fail/i.test(state)) return "bad";
  return state === "Creating" || state === "Updating" ? "warning" : "quiet";
}

function lastAnswer({ endpoint, reason }: ModelRow, now: number): string {
  const last = endpoint?.lastInvocation;
  if (last === undefined) return reason?.split("\n")[0] ?? "none yet";
  return `${last.status}, ${Math.round(last.milliseconds)} ms, ${ago((now - Date.parse(last.at)) / 1000)}`;
}

function ago(seconds: number): string {
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86_400)} d ago`;
}
