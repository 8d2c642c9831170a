import type { Connections } from "./connections";
import { ParameterStoreError, UnknownModelError } from "./errors";
import { type DeployedModel, readModel } from "./model-outputs";
import { accessDenied, describe, isConnectionFailure, isDenied } from "./service-errors";

/** Which parameters to read: `/slipway/<platform>/<model>`, which every deployed model has. */
export interface ParameterAddress {
  /** Name of the platform; endpoints are named `<platform>-<model>`. */
  readonly platform: string;
  /** Names of models; then `ssm:GetParameters` is all that is needed. @default every model of the platform, by `ssm:GetParametersByPath` */
  readonly models?: readonly string[];
}

/** GetParameters takes so many names at a time. */
const namesAtOnce = 10;

/** Descriptions of models in the parameter store. Throws `UnknownModelError` for a named one that is not there. */
export async function readParameters(connections: Connections, { platform, models }: ParameterAddress): Promise<DeployedModel[]> {
  const path = `/slipway/${platform}`;
  const found = await (models === undefined ? byPath(connections, path) : byName(connections, path, models)).catch((error: unknown) => {
    throw parameterError(error, path);
  });
  const known = [...found].map(([name]) => name.slice(path.length + 1)).sort();
  for (const name of models ?? []) {
    if (!known.includes(name)) throw new UnknownModelError(name, known);
  }
  return [...found].map(([name, value]) => describeModel(name, name.slice(path.length + 1), value));
}

async function byPath(connections: Connections, Path: string): Promise<Map<string, string>> {
  const [{ GetParametersByPathCommand }, ssm] = await Promise.all([import("@aws-sdk/client-ssm"), connections.ssm(undefined)]);
  const found = new Map<string, string>();
  let NextToken: string | undefined;
  do {
    const page = await ssm.send(new GetParametersByPathCommand({ Path, NextToken }));
    for (const { Name = "", Value = "" } of page.Parameters ?? []) found.set(Name, Value);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

async function byName(connections: Connections, path: string, models: readonly string[]): Promise<Map<string, string>> {
  const [{ GetParametersCommand }, ssm] = await Promise.all([import("@aws-sdk/client-ssm"), connections.ssm(undefined)]);
  const found = new Map<string, string>();
  for (let at = 0; at < models.length; at += namesAtOnce) {
    const Names = models.slice(at, at + namesAtOnce).map((name) => `${path}/${name}`);
    const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names }));
    for (const { Name = "", Value = "" } of Parameters) found.set(Name, Value);
  }
  return found;
}

function describeModel(parameter: string, name: string, value: string): DeployedModel {
  let description: unknown;
  try {
    description = JSON.parse(value);
  } catch {
    description = undefined;
  }
  const model = readModel(name, description);
  if (model !== undefined) return model;
  throw new ParameterStoreError(
    `The parameter ${parameter} does not describe a model.`,
    "Bring the stack up again: it writes the parameter.",
  );
}

function parameterError(error: unknown, path: string): unknown {
  const { code, message, status } = describe(error);
  if (isDenied(error)) return accessDenied(`${code} at ${path}: ${message}.`, "ssm:GetParameters and ssm:GetParametersByPath there", error);
  const retryable = isConnectionFailure(error) || (status ?? 0) >= 500;
  return new ParameterStoreError(
    `The parameters below ${path} cannot be read: ${code}: ${message}.`,
    "Look at region, endpoint URL and network.",
    {
      retryable,
      cause: error,
    },
  );
}
