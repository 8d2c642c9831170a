import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { DeployedModel } from "../../client/model-outputs";
import type { DaemonRecord } from "../daemon/record";
import { seconds as secondsText } from "../output/columns";
import type { Block, JsonValue } from "../output/events";
import { shellWord } from "../output/shell-word";
import type { Project } from "../project/project";
import { stateWords } from "../project/state-words";

/** What the screen after a successful `local up` is made from. */
export interface ScreenView {
  readonly daemon: DaemonRecord;
  readonly consoleUrl: string | undefined;
  readonly models: readonly DeployedModel[];
  readonly project: Project;
  readonly stateOption: string | undefined;
  readonly cwd: string;
}

/** Everything there is to copy: one command to try, the API as a ready curl, what boto3 needs. */
export function lastScreen(view: ScreenView): Block[] {
  const rows: [string, string][] = [];
  if (view.consoleUrl !== undefined) rows.push(["Console", view.consoleUrl]);
  const [model] = view.models;
  if (model !== undefined) {
    rows.push([
      "Try it",
      `npx slipway invoke ${model.name} ${sampleOf(view, model) === undefined ? "'{}'" : "@sample"}${stateWords(view.stateOption)}`,
    ]);
  }
  for (const each of view.models)
    if (each.apiUrl !== undefined) rows.push([rows.some(([label]) => label === "API") ? "" : "API", curlCommand(view, each)]);
  rows.push(["AWS API", `${view.daemon.endpointUrl}   eval "$(npx slipway env${stateWords(view.stateOption)})" for boto3, aws`]);
  if (model !== undefined)
    rows.push(["boto3", `boto3.client("sagemaker-runtime").invoke_endpoint(EndpointName="${model.endpointName}", ...)`]);
  return [
    { kind: "text", lines: [""] },
    { kind: "pairs", rows },
  ];
}

export function readyLine(view: ScreenView, seconds: number): string {
  return `Ready in ${secondsText(seconds)}.   status: npx slipway${stateWords(view.stateOption)}   stop: npx slipway local down${stateWords(view.stateOption)}`;
}

export function screenData(view: ScreenView): { readonly [key: string]: JsonValue } {
  return {
    endpointUrl: view.daemon.endpointUrl,
    consoleUrl: view.consoleUrl ?? null,
    region: view.daemon.region,
    account: view.daemon.account,
    runner: view.daemon.runner,
    models: Object.fromEntries(
      view.models.map(
        ({ name, endpointName, kind, apiUrl }) => [name, { endpointName, kind, apiUrl: apiUrl ?? null }] satisfies [string, JsonValue],
      ),
    ),
  };
}

/** A curl that works as it stands, with the model's own sample when it has one, and with what its API asks callers for. */
export function curlCommand(
  view: Pick<ScreenView, "project" | "cwd"> & { readonly daemon: Pick<DaemonRecord, "endpointUrl" | "region"> },
  model: DeployedModel,
): string {
  const sample = sampleOf(view, model);
  const body = `-d ${sample === undefined ? "'{}'" : shellWord(`@${sample}`)}`;
  return ["curl", ...credentialsOf(view.daemon, model), "-H 'content-type: application/json'", body, model.apiUrl ?? ""].join(" ");
}

/** A key is read when the command runs, and not printed. */
function credentialsOf({ endpointUrl, region }: Pick<DaemonRecord, "endpointUrl" | "region">, model: DeployedModel): string[] {
  const { apiKind, apiAuthorization, apiKeyId } = model;
  const at = model.region ?? region;
  const isStream = apiKind === "stream";
  return [
    ...(isStream ? ["-N"] : []),
    ...(apiAuthorization === "AWS_IAM" ? [`--aws-sigv4 aws:amz:${at}:${isStream ? "lambda" : "execute-api"} --user test:test`] : []),
    ...(apiAuthorization === "JWT" ? [`-H "authorization: Bearer $TOKEN"`] : []),
    ...(apiKeyId === undefined ? [] : [`-H "x-api-key: $(curl -s '${endpointUrl}/_slipway/api-keys/${apiKeyId}?region=${at}')"`]),
  ];
}

function sampleOf({ project, cwd }: Pick<ScreenView, "project" | "cwd">, model: DeployedModel): string | undefined {
  const path = join(project.root, "models", model.name, "sample.json");
  return existsSync(path) ? relative(cwd, path) : undefined;
}
