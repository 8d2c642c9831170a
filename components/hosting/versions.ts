import * as pulumi from "@pulumi/pulumi";
import type { AwsClients } from "../aws/clients";
import { componentType } from "../component";
import { isProduction } from "../platform/platform-exports";
import { type RecordedResource, recordedChild } from "../recorded-state";
import { configurationType } from "./serving-kind";

/** What this stack knows of an endpoint's past, and what the endpoint serves now. A version is a configuration with the models it names. */
export interface Past {
  /** Names of the configurations that have been proven to serve and are kept, the latest first. */
  readonly served: readonly string[];
  /** Configuration that the stack's state has for the endpoint. */
  readonly stated: string | undefined;
  /** Configuration in the stack's state, whether it has served or not. */
  readonly made: string | undefined;
  /** Configuration the endpoint had when this deployment began; undefined when there was no endpoint, or in a preview. */
  readonly live: string | undefined;
}

/** The recorded part of it. */
export function recordedPast(parent: pulumi.Resource, name: string, above: pulumi.Resource | undefined): pulumi.Output<Omit<Past, "live">> {
  return pulumi
    .all([
      recordedChild(name, componentType("Endpoint"), above),
      recordedChild(name, "aws:sagemaker/endpoint:Endpoint", parent),
      recordedChild(`${name}-config`, configurationType, parent),
    ])
    .apply(([component, endpoint, configuration]) => ({
      served: servedVersions(component),
      stated: textOf(endpoint?.outputs?.endpointConfigName),
      made: textOf(configuration?.outputs?.name),
    }));
}

function servedVersions(component: RecordedResource | undefined): readonly string[] {
  const versions = component?.outputs?.versions;
  return Array.isArray(versions) ? versions.filter((version) => typeof version === "string") : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** How many earlier versions are kept: as declared, else 3 on a production platform. */
export function retainedVersions(retain: number | undefined, platform: unknown): number {
  return retain ?? (isProduction(platform) ? 3 : 0);
}

/** Whether somebody has taken the endpoint back to an earlier version: the last one had been proven to serve, and another that has served is live. */
export function isRolledBack({ served, live }: Past): boolean {
  return live !== undefined && live !== served[0] && served.includes(live);
}

/** The latest first: what is live counts as served later than what it took the place of. */
export function versionsAfter(wanted: string, past: Past): string[] {
  const served = isRolledBack(past) && past.live !== undefined ? [past.live, ...past.served] : past.served;
  return [...new Set([wanted, ...served])];
}

/**
 * What is deleted after a deployment: versions beyond those that stay, and the one in the stack's state that has been taken the place of and never served.
 * Pulumi deletes what it replaces by itself where nothing is kept.
 */
export function droppedVersions(stay: readonly string[], versions: readonly string[], { served, made }: Past, retain: number): string[] {
  const unproven = retain > 0 && made !== undefined && !served.includes(made) ? [made] : [];
  return [...new Set([...versions, ...unproven])].filter((version) => !stay.includes(version));
}

/** Told when nothing is done, since an endpoint was taken back on purpose. */
export function rolledBackMessage(model: string, endpointName: string, { served, live }: Past): string {
  return (
    `endpoint ${endpointName} was taken back from ${served[0]} to ${live} since the last deployment, and is left so: what is declared is what it was taken back from. ` +
    `A changed declaration is deployed as a new version; slipway rollback ${model} --to ${served[0]} serves the declared one again`
  );
}

export function bringsBackMessage(model: string, endpointName: string, { served, live }: Past): string {
  return [
    `SLIP-4107 endpoint ${endpointName} was taken back from ${served[0]} to ${live}, and this update would serve the same model again in other settings`,
    `  fix  Change the model (its code, data or image) as well; or, when it is to serve again, run slipway rollback ${model} --to ${served[0]} first.`,
  ].join("\n");
}

/**
 * Whether a deployment would bring back what somebody went back from: the configuration differs from the one that was left, and the models are the same.
 * The variants tell, by the names of their models, which are made new with every change of image, data or environment.
 */
export async function bringsBack(wanted: string, past: Past, clients: AwsClients): Promise<boolean> {
  const [left] = past.served;
  if (!isRolledBack(past) || left === undefined || wanted === left) {
    return false;
  }
  const [before, after] = await Promise.all([modelsOf(left, clients), modelsOf(wanted, clients)]);
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after);
}

/** Names of the models a configuration serves, by its variants' order; undefined when there is no such configuration. */
async function modelsOf(configName: string, { sagemaker }: AwsClients): Promise<string[] | undefined> {
  const { DescribeEndpointConfigCommand } = await import("@aws-sdk/client-sagemaker");
  try {
    const { ProductionVariants = [], ShadowProductionVariants = [] } = await sagemaker.send(
      new DescribeEndpointConfigCommand({ EndpointConfigName: configName }),
    );
    return [...ProductionVariants, ...ShadowProductionVariants].map(({ ModelName = "" }) => ModelName);
  } catch (error) {
    return ifGone(error);
  }
}

/**
 * Deletes versions that are kept no longer: their configurations, and those of their models that no kept version serves. What cannot be deleted is told
 * and does not fail the deployment, which is done by then.
 */
export async function deleteVersions(
  dropped: readonly string[],
  kept: readonly string[],
  clients: AwsClients,
  tell: (line: string) => void,
): Promise<void> {
  const { DeleteEndpointConfigCommand, DeleteModelCommand } = await import("@aws-sdk/client-sagemaker");
  if (dropped.length === 0) {
    return;
  }
  const needed = new Set((await Promise.all(kept.map((version) => modelsOf(version, clients)))).flatMap((models) => models ?? []));
  for (const version of dropped) {
    try {
      const models = await modelsOf(version, clients);
      if (models === undefined) {
        continue;
      }
      await clients.sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: version }));
      for (const model of new Set(models.filter((name) => !needed.has(name)))) {
        await clients.sagemaker.send(new DeleteModelCommand({ ModelName: model })).catch(ifGone);
      }
    } catch (error) {
      tell(
        `version ${version} is not kept any longer, and could not be deleted: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

/** SageMaker answers for what is not there with a ValidationException; all others are thrown. */
function ifGone(error: unknown): undefined {
  if (error instanceof Error && error.name === "ValidationException") {
    return undefined;
  }
  throw error;
}

/** What is made new with each version, and stays on AWS when Pulumi replaces it. */
const kept: ReadonlySet<string> = new Set(["aws:sagemaker/model:Model", configurationType]);

/** Options of a component whose models, configurations and, as `more` says, other children stay on AWS when they are replaced. */
export function keeping(
  opts: pulumi.ComponentResourceOptions | undefined,
  retain: number,
  more: (type: string, name: string) => boolean = () => false,
): pulumi.ComponentResourceOptions | undefined {
  if (retain === 0) {
    return opts;
  }
  const keep: pulumi.ResourceTransformation = ({ type, name, props, opts: own }) =>
    kept.has(type) || more(type, name) ? { props, opts: { ...own, retainOnDelete: true } } : undefined;
  return { ...opts, transformations: [...(opts?.transformations ?? []), keep] };
}
