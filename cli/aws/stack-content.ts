import { type LossKind, lossKinds } from "./loss-kinds";
import { type Look, looks } from "./resource-content";
import type { StackClients } from "./stack-clients";
import { modelOf, nameOf, regionOf, type StackResource } from "./stack-resources";

/** Something that nothing brings back, or that somebody uses now. */
export interface Loss {
  readonly kind: LossKind;
  readonly text: string;
}

/** Why a destroy would be refused, or end half-way; and what to do about it. */
export interface Obstacle {
  readonly text: string;
  readonly cure: string;
}

/** What a destroy of a stack does to what it holds. */
export interface StackContent {
  readonly losses: readonly Loss[];
  readonly obstacles: readonly Obstacle[];
  /** What stays on AWS, and is paid for there. */
  readonly stays: readonly string[];
}

/** Asks AWS what the resources of a stack hold. What is gone from AWS already holds nothing. */
export async function stackContent(
  resources: readonly StackResource[],
  clients: StackClients,
  cleanup: (domainId: string, region: string) => string,
): Promise<StackContent> {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const found = await Promise.all(
    resources.map(async (resource): Promise<Partial<StackContent>> => {
      const look: Look | undefined = looks[resource.type];
      const region = regionOf(resource);
      if (look === undefined || region === undefined) return {};
      return await look({ resource, model: modelOf(resource, byUrn), region, aws: await clients.of(region), cleanup });
    }),
  );
  const kept = resources.filter(
    ({ type, retainOnDelete }) => retainOnDelete === true && type.startsWith("aws:sagemaker/endpointConfiguration:"),
  );
  const losses = found.flatMap((content) => content.losses ?? []);
  const obstacles = found.flatMap((content) => content.obstacles ?? []);
  const stays = found.flatMap((content) => content.stays ?? []);
  return {
    losses: losses.sort((a, b) => lossKinds.indexOf(a.kind) - lossKinds.indexOf(b.kind) || byText(a.text, b.text)),
    obstacles: [...protectedOnes(resources), ...obstacles].sort((a, b) => byText(a.text, b.text)),
    stays: [...stays.sort(byText), ...(kept.length === 0 ? [] : ["versions that `retain` keeps (configurations and models)"])],
  };
}

/** The state has its resources in the order in which they were made, which differs from one update to the next. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function protectedOnes(resources: readonly StackResource[]): Obstacle[] {
  const cure = "protectData: false in the platform's declaration, then pulumi up";
  return resources
    .filter(({ protect }) => protect === true)
    .map((resource) => ({ text: `${kindOf(resource.type)} ${resource.id ?? nameOf(resource)} is protected`, cure }));
}

/** `aws:s3/bucket:Bucket` as people say it: `s3 Bucket`. */
function kindOf(type: string): string {
  const [, service = "", name = ""] = /^\w+:([\w-]+)\/.*:(\w+)$/.exec(type) ?? [];
  return name === "" ? type : `${service} ${name}`;
}

/** What is to be given up, and has not been. */
export function missingKinds(losses: readonly Loss[], given: ReadonlySet<LossKind>): LossKind[] {
  return lossKinds.filter((kind) => !given.has(kind) && losses.some((loss) => loss.kind === kind));
}

/** The content line by line: what is in the way, what goes, what stays. */
export function contentLines({ losses, obstacles, stays }: StackContent): string[] {
  return [
    ...obstacles.map(({ text }) => `in the way  ${text}`),
    ...losses.map(({ kind, text }) => `goes  ${kind}  ${text}`),
    ...stays.map((text) => `stays  ${text}`),
  ];
}
