import type { ListObjectVersionsCommandInput, ListObjectVersionsOutput } from "@aws-sdk/client-s3";
import type { EndpointStatus } from "@aws-sdk/client-sagemaker";
import type { RegionClients } from "./stack-clients";
import type { StackContent } from "./stack-content";
import { outputOf, type StackResource } from "./stack-resources";
import { contentOf } from "./studio-domain";

/** One resource, and where to ask about it. */
export interface Held {
  readonly resource: StackResource;
  /** Model it belongs to. */
  readonly model: string | undefined;
  readonly region: string;
  readonly aws: RegionClients;
  /** The command that empties a Studio domain. */
  readonly cleanup: (domainId: string, region: string) => string;
}

export type Look = (held: Held) => Promise<Partial<StackContent>>;

const nothing: Partial<StackContent> = {};
/** Entries of a bucket that are counted one by one; a larger one is told as more than that. */
const mostCounted = 100_000;

/** How it is found out what a resource holds, by type. Types that hold nothing are not here. */
export const looks: Readonly<Record<string, Look>> = {
  "aws:s3/bucket:Bucket": bucket,
  "aws:ecr/repository:Repository": repository,
  "aws:sagemaker/endpoint:Endpoint": endpoint,
  "aws:sagemaker/trainingJob:TrainingJob": trainingJob,
  "aws:sagemaker/domain:Domain": domain,
  "aws:kms/key:Key": key,
  "aws:cloudwatch/logGroup:LogGroup": logGroup,
  "aws:apigatewayv2/api:Api": async ({ resource }) => api(outputOf(resource, "apiEndpoint")),
  "aws:apigateway/stage:Stage": async ({ resource }) => api(outputOf(resource, "invokeUrl")),
  "aws:lambda/functionUrl:FunctionUrl": async ({ resource }) => api(outputOf(resource, "functionUrl")),
};

function api(url: string | undefined): Partial<StackContent> {
  return url === undefined ? nothing : { losses: [{ kind: "endpoints", text: `API ${url}` }] };
}

async function bucket({ resource, aws }: Held): Promise<Partial<StackContent>> {
  const { ListObjectVersionsCommand } = await import("@aws-sdk/client-s3");
  const Bucket = resource.id ?? "";
  let objects = 0;
  let entries = 0;
  let bytes = 0;
  let next: Pick<ListObjectVersionsCommandInput, "KeyMarker" | "VersionIdMarker"> | undefined = {};
  while (next !== undefined && entries < mostCounted) {
    const page: ListObjectVersionsOutput | undefined = await aws.s3.send(new ListObjectVersionsCommand({ Bucket, ...next })).catch(ifGone);
    if (page === undefined) return nothing;
    const { Versions = [], DeleteMarkers = [] } = page;
    objects += Versions.filter(({ IsLatest }) => IsLatest === true).length;
    entries += Versions.length + DeleteMarkers.length;
    bytes += Versions.reduce((sum, { Size = 0 }) => sum + Size, 0);
    next = page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
  if (entries === 0) return nothing;
  const more = next === undefined ? "" : "more than ";
  const versions = entries === objects ? "" : ` (${entries} with their earlier versions)`;
  const text = `bucket ${Bucket}: ${more}${counted(objects, "object")}${versions}, ${more}${size(bytes)}`;
  if (resource.outputs?.forceDestroy === true) return { losses: [{ kind: "objects", text }] };
  return { obstacles: [{ text: `${text}; AWS deletes no bucket that holds any`, cure: forceDestroy }] };
}

const forceDestroy = "forceDestroy: true in the platform's declaration, then pulumi up; or empty it";

async function repository({ resource, aws }: Held): Promise<Partial<StackContent>> {
  const { paginateDescribeImages } = await import("@aws-sdk/client-ecr");
  const repositoryName = outputOf(resource, "name") ?? resource.id ?? "";
  let images = 0;
  let bytes = 0;
  try {
    for await (const { imageDetails = [] } of paginateDescribeImages({ client: aws.ecr }, { repositoryName })) {
      images += imageDetails.length;
      bytes += imageDetails.reduce((sum, { imageSizeInBytes = 0 }) => sum + imageSizeInBytes, 0);
    }
  } catch (error) {
    ifGone(error);
  }
  if (images === 0) return nothing;
  const text = `repository ${repositoryName}: ${counted(images, "image")}, ${size(bytes)}`;
  if (resource.outputs?.forceDelete === true) return { losses: [{ kind: "images", text }] };
  return { obstacles: [{ text: `${text}; AWS deletes no repository that holds any`, cure: forceDestroy }] };
}

/** An endpoint in none of these is at work, and AWS refuses to delete it. */
const settled: ReadonlySet<EndpointStatus | undefined> = new Set(["InService", "Failed", "OutOfService", "UpdateRollbackFailed"]);

async function endpoint({ resource, model, aws }: Held): Promise<Partial<StackContent>> {
  const { DescribeEndpointCommand } = await import("@aws-sdk/client-sagemaker");
  const EndpointName = outputOf(resource, "name") ?? resource.id ?? "";
  const found = await aws.sagemaker.send(new DescribeEndpointCommand({ EndpointName })).catch(ifGone);
  if (found === undefined || found.EndpointStatus === "Failed" || found.EndpointStatus === "Deleting") return nothing;
  const name = `endpoint ${EndpointName}${model === undefined ? "" : ` of model ${model}`}`;
  if (!settled.has(found.EndpointStatus)) {
    return {
      obstacles: [{ text: `${name} is ${found.EndpointStatus}; AWS deletes none at work`, cure: "run it again when that is over" }],
    };
  }
  const instances = (found.ProductionVariants ?? []).reduce((sum, { CurrentInstanceCount = 0 }) => sum + CurrentInstanceCount, 0);
  const on = instances === 0 ? "" : ` on ${counted(instances, "instance")}`;
  return { losses: [{ kind: "endpoints", text: `${name} serves ${found.EndpointConfigName}${on}` }] };
}

async function trainingJob({ resource, aws }: Held): Promise<Partial<StackContent>> {
  const { DescribeTrainingJobCommand } = await import("@aws-sdk/client-sagemaker");
  const TrainingJobName = outputOf(resource, "trainingJobName") ?? resource.id ?? "";
  const found = await aws.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName })).catch(ifGone);
  if (found?.TrainingJobStatus !== "InProgress") return nothing;
  const text = `training job ${TrainingJobName} runs (${found.SecondaryStatus}), and loses its role and the bucket it writes to`;
  return { losses: [{ kind: "jobs", text }] };
}

async function domain({ resource, region, aws, cleanup }: Held): Promise<Partial<StackContent>> {
  const domainId = resource.id ?? "";
  const content = await contentOf(domainId, aws.sagemaker).catch(ifGone);
  if (content === undefined) return nothing;
  const { apps, spaces, profiles } = content;
  const fileSystem = `home file system ${outputOf(resource, "homeEfsFileSystemId") ?? ""}`.trim();
  const retention = resource.outputs?.retentionPolicy as { readonly homeEfsFileSystem?: string } | undefined;
  const goes = retention?.homeEfsFileSystem === "Delete";
  const text = `Studio domain ${domainId} with ${counted(profiles.length, "user profile")}${goes ? `, and its ${fileSystem} with all in it` : ""}`;
  const running = [
    ...(apps.length === 0
      ? []
      : [`${counted(apps.length, "app")} (${apps.map(({ AppType, AppName }) => `${AppType} ${AppName}`).join(", ")})`]),
    ...(spaces.length === 0 ? [] : [`${counted(spaces.length, "space")} (${spaces.map(({ SpaceName }) => SpaceName).join(", ")})`]),
  ];
  const inTheWay = {
    text: `Studio domain ${domainId} has ${running.join(" and ")}; AWS keeps it while it has any`,
    cure: cleanup(domainId, region),
  };
  return {
    losses: [{ kind: "studio", text }],
    obstacles: running.length === 0 ? [] : [inTheWay],
    stays: goes
      ? []
      : [`${fileSystem}, which is paid for; its mount targets keep the subnets, on which the destroy ends until it is deleted`],
  };
}

async function key({ resource }: Held): Promise<Partial<StackContent>> {
  const days = resource.outputs?.deletionWindowInDays;
  const arn = outputOf(resource, "arn") ?? resource.id;
  const text = `key ${arn}: gone for good ${typeof days === "number" ? days : 30} days later, and with it what it has encrypted`;
  return { losses: [{ kind: "keys", text: `${text}; until then aws kms cancel-key-deletion brings it back` }] };
}

async function logGroup({ resource, aws }: Held): Promise<Partial<StackContent>> {
  const { DescribeLogGroupsCommand, DescribeLogStreamsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
  const logGroupName = outputOf(resource, "name") ?? resource.id ?? "";
  const { logGroups = [] } = await aws.logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroupName }));
  const found = logGroups.find((group) => group.logGroupName === logGroupName);
  if (found === undefined) return nothing;
  // AWS counts the bytes late: a stream tells sooner that there are lines.
  const streams = await aws.logs.send(new DescribeLogStreamsCommand({ logGroupName, limit: 1 })).catch(ifGone);
  const bytes = found.storedBytes ?? 0;
  if (bytes === 0 && (streams?.logStreams ?? []).length === 0) return nothing;
  const text = `log group ${logGroupName}${bytes === 0 ? "" : `, ${size(bytes)}`}`;
  return resource.outputs?.skipDestroy === true ? { stays: [text] } : { losses: [{ kind: "logs", text }] };
}

const missing = /^(NoSuchBucket|NotFound|ResourceNotFound|ResourceNotFoundException|RepositoryNotFoundException)$/;

/** Undefined for what is not there any more; every other error passes on, as what cannot be seen is not known to be empty. */
function ifGone(error: unknown): undefined {
  const isGone =
    error instanceof Error &&
    (missing.test(error.name) || (error.name === "ValidationException" && /could not find|not found|does not exist/i.test(error.message)));
  if (!isGone) throw error;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

const units = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** A number of bytes as people read it: `812 bytes`, `5.6 MiB`. */
export function size(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}
