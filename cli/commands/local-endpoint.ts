import { networkInterfaces } from "node:os";
import type { DaemonRecord } from "../daemon/record";
import { seconds as secondsText } from "../output/columns";
import type { Block } from "../output/events";
import { shellWord } from "../output/shell-word";
import { clientVariables } from "../project/local-environment";
import { endpointPaths } from "../project/local-place";
import type { VerbCall } from "../verbs/verb";
import { ensureLocalEndpoint } from "./local-daemon";
import { ensureEndpointTools } from "./local-tools";

/** `local up --no-stack`: the endpoint as a thing of its own, in any folder, without the Pulumi engine. */
export async function endpointAlone(call: VerbCall): Promise<undefined> {
  const started = Date.now();
  const paths = endpointPaths(call);
  const daemon = await ensureLocalEndpoint(call, call.cwd, paths, () => ensureEndpointTools(call.env, call.emit, call.signal));
  const seconds = (Date.now() - started) / 1000;
  const state = call.arguments.text("state");
  const stop = `npx slipway local down${state === undefined ? "" : ` --state ${shellWord(state)}`}`;
  call.emit({
    kind: "result",
    data: {
      endpointUrl: daemon.endpointUrl,
      region: daemon.region,
      account: daemon.account,
      runner: daemon.runner,
      host: daemon.host ?? null,
      token: daemon.token ?? null,
      stateDir: paths.root,
      environment: clientVariables(daemon),
      seconds: Math.round(seconds * 10) / 10,
    },
    blocks: [...endpointScreen(daemon), { kind: "text", lines: ["", `Ready in ${secondsText(seconds)}.   stop: ${stop}`] }],
  });
}

/** An address by which other machines reach a host: of all addresses the first of the network. */
function reachable(host: string): string {
  const family = host === "::" ? "IPv6" : "IPv4";
  const first = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .find((entry) => !entry.internal && entry.family === family && !entry.address.startsWith("fe80"));
  const address = host === "0.0.0.0" || host === "::" ? (first?.address ?? "localhost") : host;
  return address.includes(":") ? `[${address}]` : address;
}

/** The variables to copy, and what each kind of client needs. */
export function endpointScreen(daemon: DaemonRecord): Block[] {
  const { endpointUrl, region } = daemon;
  const exports = Object.entries(clientVariables(daemon)).map(([name, value]) => `export ${name}=${value}`);
  const rows: [string, string][] = [
    ["AWS CLI", `aws sagemaker list-endpoints --endpoint-url ${endpointUrl}`],
    ["boto3", `boto3.client("sagemaker", endpoint_url="${endpointUrl}", region_name="${region}")`],
    ["Runs as", `account ${daemon.account}, any region (${region} when unsigned), ${daemon.runner} runner`],
  ];
  if (daemon.host !== undefined) {
    rows.push(["Network", `${daemon.host}:${daemon.port}, not encrypted; other machines send the token as AWS_ACCESS_KEY_ID`]);
    rows.push(["Token", daemon.token ?? ""]);
    rows.push(["Console", `http://${reachable(daemon.host)}:${daemon.port}/?token=${daemon.token ?? ""} in a browser of another machine`]);
  }
  return [
    { kind: "text", lines: ["", ...exports, ""] },
    { kind: "pairs", rows },
  ];
}
