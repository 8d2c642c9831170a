import type { DescribeEndpointConfigOutput } from "@aws-sdk/client-sagemaker";
import { systemClock } from "../../components/aws/polling";
import { SlipwayError } from "../../components/errors/slipway-error";
import { describeEndpoint, proveEndpoint } from "../../components/hosting/endpoint-gate";
import { awsError, type Found, findModel } from "../aws/deployed-model";
import type { Cell } from "../output/events";
import type { VerbCall } from "../verbs/verb";

/** A version of a model as AWS has it. */
interface Version {
  readonly name: string;
  readonly made: string;
  readonly serves: boolean;
  readonly kind: string;
  readonly instanceTypes: readonly string[];
}

/**
 * Moves an endpoint to a version that is kept, and proves that it serves with it. The stack's state stays as it is: the next update finds that the endpoint
 * was taken back, leaves it so while the declaration is the same, and deploys a changed one.
 */
export async function run(call: VerbCall): Promise<undefined> {
  const found = await findModel(call);
  try {
    const { versions, live } = await versionsOf(found);
    if (call.arguments.flag("list")) return list(call, found, versions);
    const target = targetOf(call.arguments.text("to"), found, versions, live);
    await move(call, found, target, live);
  } catch (error) {
    throw awsError(error, "sagemaker:DescribeEndpoint, DescribeEndpointConfig and UpdateEndpoint");
  } finally {
    found.clients.close();
  }
}

async function versionsOf({ model, clients, words }: Found): Promise<{ readonly versions: Version[]; readonly live: string }> {
  const endpoint = await describeEndpoint(model.endpointName, clients);
  if (endpoint === undefined) {
    throw new SlipwayError("SLIP-4104", `${model.name} has no endpoint "${model.endpointName}" any more`, {
      cure: words.includes("--stack") ? `pulumi up${words}` : "npx slipway local up",
    });
  }
  const live = endpoint.EndpointConfigName ?? "";
  const found = await Promise.all((model.versions ?? []).map((name) => versionOf(name, live, clients)));
  return { versions: found.filter((version) => version !== undefined), live };
}

async function versionOf(name: string, live: string, { sagemaker }: Found["clients"]): Promise<Version | undefined> {
  const { DescribeEndpointConfigCommand } = await import("@aws-sdk/client-sagemaker");
  try {
    const config = await sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name }));
    const instanceTypes = (config.ProductionVariants ?? []).flatMap(({ InstanceType }) => InstanceType ?? []);
    return { name, made: config.CreationTime?.toISOString() ?? "", serves: name === live, kind: kindOf(config), instanceTypes };
  } catch (error) {
    if (error instanceof Error && error.name === "ValidationException") return undefined;
    throw error;
  }
}

function kindOf({ ProductionVariants = [], AsyncInferenceConfig }: DescribeEndpointConfigOutput): string {
  if (ProductionVariants.some(({ ServerlessConfig }) => ServerlessConfig !== undefined)) return "serverless";
  return AsyncInferenceConfig === undefined ? "realtime" : "async";
}

function list(call: VerbCall, { model }: Found, versions: readonly Version[]): undefined {
  const rows = versions.map(({ name, made, serves, kind, instanceTypes }): Cell[] => [
    serves ? { text: "serves", tone: "good" } : "",
    made,
    [kind, ...instanceTypes].join(" "),
    name,
  ]);
  const blocks =
    rows.length === 0
      ? [{ kind: "text" as const, lines: [`${model.name} keeps no versions: retain in its declaration says how many are kept.`] }]
      : [{ kind: "table" as const, head: ["", "MADE", "KIND", "VERSION"], rows }];
  const data = versions.map((version) => ({ ...version }));
  call.emit({ kind: "result", data: { model: model.name, endpoint: model.endpointName, versions: data }, blocks });
}

/** The version named, or the one after what is live: what served before it. */
function targetOf(named: string | undefined, { model, words }: Found, versions: readonly Version[], live: string): Version {
  const kind = versions.find(({ name }) => name === live)?.kind ?? model.kind;
  const more = [`slipway rollback ${model.name} --list${words}`];
  if (named !== undefined) {
    const matches = versions.filter(({ name }) => name === named || name.endsWith(`-${named}`));
    const [match] = matches;
    if (match === undefined || matches.length > 1) {
      const known = versions.map(({ name }) => name).join(", ");
      const cure = known === "" ? undefined : `use one of: ${known}`;
      throw new SlipwayError("SLIP-4108", `${model.name} has no version "${named}"`, {
        received: named,
        more,
        ...(cure === undefined ? {} : { cure }),
      });
    }
    if (match.kind !== kind) {
      throw new SlipwayError(
        "SLIP-4108",
        `${match.name} is ${match.kind} and ${live} is ${kind}; AWS moves no endpoint from one to the other`,
        {
          cure: `declare ${match.kind} for ${model.name} again, and bring it up`,
          more,
        },
      );
    }
    return match;
  }
  const at = versions.findIndex(({ name }) => name === live);
  const before = versions.slice(at + 1).find((version) => version.kind === kind);
  if (at < 0 || before === undefined) {
    const why =
      versions.length === 0
        ? "keeps no versions"
        : at < 0
          ? `serves ${live}, which is none of its versions`
          : "has no version before the one it serves";
    throw new SlipwayError("SLIP-4108", `${model.name} ${why}`, {
      cure: `declare retain for ${model.name} and bring it up: from then on that many earlier versions are kept`,
      more,
    });
  }
  return before;
}

/** Instances that scaling has added stay; weights and data capture are the version's own. */
const keepInstances = {
  RetainAllVariantProperties: true,
  ExcludeRetainedVariantProperties: [
    { VariantPropertyType: "DesiredWeight" as const },
    { VariantPropertyType: "DataCaptureConfig" as const },
  ],
};

async function move(call: VerbCall, { model, clients, words }: Found, target: Version, live: string): Promise<void> {
  const { UpdateEndpointCommand } = await import("@aws-sdk/client-sagemaker");
  const phase = "rollback";
  const began = Date.now();
  const { endpointName } = model;
  const finish = (outcome: "done" | "failed", detail: string): void =>
    call.emit({ kind: "phase-finished", phase, outcome, detail, seconds: (Date.now() - began) / 1000 });
  call.emit({ kind: "phase-started", phase, detail: `${endpointName} to ${target.name}` });
  const tell = (line: string): void => call.emit({ kind: "phase-progress", phase, detail: line });
  try {
    if (!target.serves) {
      // All at once, whatever the declared rollout: what serves now is to go.
      const update = {
        EndpointName: endpointName,
        EndpointConfigName: target.name,
        ...(target.kind === "serverless" ? {} : keepInstances),
      };
      await clients.sagemaker.send(new UpdateEndpointCommand(update));
      const failure = await proveEndpoint({ endpointName, configName: target.name, changedBefore: undefined }, clients, tell, systemClock);
      if (failure !== undefined) throw Object.assign(new Error(failure), { code: "SLIP-4101" });
    }
  } catch (error) {
    finish("failed", endpointName);
    throw error;
  }
  finish("done", `${endpointName} serves ${target.name}`);
  const undo = `slipway rollback ${model.name} --to ${live}${words}`;
  const lines = target.serves
    ? [`${model.name} serves ${target.name} already.`]
    : [
        `${model.name} serves ${target.name}, made ${target.made}; before, it served ${live}.`,
        "The next update leaves it so until the model's declaration, code or data changes, which makes a new version.",
        `To serve what is declared again: ${undo}`,
      ];
  const data = { model: model.name, endpoint: endpointName, from: live, to: target.name, moved: !target.serves };
  call.emit({ kind: "result", data, blocks: [{ kind: "text", lines }] });
}
