/** What a stack says of one deployed model: an entry of its `models` output. */
export interface DeployedModel {
  readonly name: string;
  readonly endpointName: string;
  readonly kind: EndpointKind;
  readonly region: string | undefined;
  readonly apiUrl: string | undefined;
  readonly contentTypes: readonly string[];
}

export type EndpointKind = "realtime" | "serverless" | "async";

/** The models in a stack's outputs, sorted by name. Entries without an endpoint are left out: they are declared, not deployed. */
export function deployedModels(outputs: Readonly<Record<string, unknown>> | undefined): DeployedModel[] {
  const models = outputs?.models;
  if (!isRecord(models)) return [];
  return Object.entries(models)
    .flatMap(([name, value]) =>
      isRecord(value) && typeof value.endpointName === "string" ? [readModel(name, value.endpointName, value)] : [],
    )
    .sort((a, b) => a.name.localeCompare(b.name));
}

function readModel(name: string, endpointName: string, value: Record<string, unknown>): DeployedModel {
  return {
    name,
    endpointName,
    kind: value.kind === "serverless" || value.kind === "async" ? value.kind : "realtime",
    region: text(value.region),
    apiUrl: text(value.apiUrl),
    contentTypes: Array.isArray(value.contentTypes) ? value.contentTypes.filter((type) => typeof type === "string") : [],
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
