/** What a stack says of one deployed model: an entry of its `models` output, or the model's parameter. */
export interface DeployedModel {
  readonly name: string;
  readonly endpointName: string;
  readonly kind: EndpointKind;
  readonly region: string | undefined;
  readonly apiUrl: string | undefined;
  readonly contentTypes: readonly string[];
  /** http, rest, or stream for a function URL; when there is an API. */
  readonly apiKind?: string;
  /** NONE, AWS_IAM or JWT, when there is an API. */
  readonly apiAuthorization?: string;
  /** Id of the key that callers of the API need. */
  readonly apiKeyId?: string;
  /** S3 prefix for inputs of an asynchronous model. */
  readonly inputLocation?: string;
  /** Job that trained it, when it was trained by the stack. */
  readonly trainingJobName?: string;
  /** Configurations that are kept, the latest first. */
  readonly versions?: readonly string[];
}

export type EndpointKind = "realtime" | "serverless" | "async";

/** The models in a stack's outputs, sorted by name. Entries without an endpoint are left out: they are declared, not deployed. */
export function deployedModels(outputs: Readonly<Record<string, unknown>> | undefined): DeployedModel[] {
  const models = outputs?.models;
  if (!isRecord(models)) return [];
  return Object.entries(models)
    .flatMap(([name, value]) => readModel(name, value) ?? [])
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** A model's description; undefined when it names no endpoint. */
export function readModel(name: string, value: unknown): DeployedModel | undefined {
  if (!isRecord(value) || typeof value.endpointName !== "string") return undefined;
  const inputLocation = text(value.inputLocation);
  return {
    name,
    endpointName: value.endpointName,
    kind: value.kind === "serverless" || value.kind === "async" ? value.kind : "realtime",
    region: text(value.region),
    apiUrl: text(value.apiUrl),
    contentTypes: Array.isArray(value.contentTypes) ? value.contentTypes.filter((type) => typeof type === "string") : [],
    ...texts(value, ["apiKind", "apiAuthorization", "apiKeyId", "trainingJobName"]),
    ...(inputLocation === undefined ? {} : { inputLocation }),
    ...(Array.isArray(value.versions) ? { versions: value.versions.filter((version) => typeof version === "string") } : {}),
  };
}

/** Those of the named members that are texts. */
function texts<Key extends string>(value: Record<string, unknown>, keys: readonly Key[]): { readonly [K in Key]?: string } {
  return Object.fromEntries(keys.flatMap((key) => (text(value[key]) === undefined ? [] : [[key, value[key]]]))) as { [K in Key]?: string };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
