import type {
  CreateTransformJobCommandInput,
  CreateTransformJobCommandOutput,
  DescribeTransformJobCommandInput,
  DescribeTransformJobCommandOutput,
  ListTransformJobsCommandInput,
  ListTransformJobsCommandOutput,
  StopTransformJobCommandInput,
  StopTransformJobCommandOutput,
} from "@aws-sdk/client-sagemaker";
import type { JobHost } from "../jobs/job-host";
import { checkFilters } from "../transform/data-processing";
import type { TransformJobRecord } from "./job-records";
import { servedContainers } from "./model-containers";
import { findModel } from "./models";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { Region } from "./region";
import { inUse, invalid, notFound } from "./service-error";
import { addTags } from "./tags";

/** Megabytes of all requests that may be under way at an instance. */
const maxPayloadsInMB = 100;

export function transformJobOperations(host: JobHost<CreateTransformJobCommandInput>): Record<string, Operation> {
  return {
    CreateTransformJob: operation<CreateTransformJobCommandInput, CreateTransformJobCommandOutput>(async (input, { region }) => {
      const { Tags, ...request } = input;
      const name = given(input.TransformJobName);
      const arn = region.arn("transform-job", name);
      checkTransformJob(input, region);
      if (region.has(arn)) {
        throw inUse(
          `Transform job names must be unique within an AWS account and region, and a transform job with this name already exists (${arn})`,
        );
      }
      const now = Date.now();
      await region.transformJobs.put(name, { name, arn, request, status: "InProgress", createdAt: now, modifiedAt: now });
      await addTags(region, arn, Tags);
      host.start(region, name);
      return { TransformJobArn: arn };
    }),
    DescribeTransformJob: operation<DescribeTransformJobCommandInput, DescribeTransformJobCommandOutput>((input, { region }) => {
      const job = findTransformJob(region, given(input.TransformJobName));
      return {
        ...job.request,
        TransformJobName: job.name,
        TransformJobArn: job.arn,
        TransformJobStatus: job.status,
        FailureReason: job.failureReason,
        ModelName: job.request.ModelName,
        TransformInput: job.request.TransformInput,
        TransformResources: job.request.TransformResources,
        CreationTime: date(job.createdAt),
        TransformStartTime: date(job.startedAt),
        TransformEndTime: date(job.endedAt),
      };
    }),
    ListTransformJobs: operation<ListTransformJobsCommandInput, ListTransformJobsCommandOutput>((input, { region }) => {
      const kept = region.transformJobs.list().filter(({ status }) => input.StatusEquals === undefined || status === input.StatusEquals);
      const { items, nextToken } = listPage(kept, input);
      return {
        TransformJobSummaries: items.map((job) => ({
          TransformJobName: job.name,
          TransformJobArn: job.arn,
          CreationTime: date(job.createdAt),
          TransformEndTime: date(job.endedAt),
          LastModifiedTime: date(job.modifiedAt),
          TransformJobStatus: job.status,
          FailureReason: job.failureReason,
        })),
        NextToken: nextToken,
      };
    }),
    StopTransformJob: operation<StopTransformJobCommandInput, StopTransformJobCommandOutput>(async (input, { region }) => {
      const job = findTransformJob(region, given(input.TransformJobName));
      if (job.status !== "InProgress") {
        throw invalid(`The request was rejected because the transform job is in status ${job.status}.`);
      }
      await host.stop(region, job.name);
      return {};
    }),
  };
}

function findTransformJob(region: Region, name: string): TransformJobRecord {
  const job = region.transformJobs.get(name);
  if (job === undefined) {
    throw notFound(`Could not find requested job with name: ${name}`);
  }
  return job;
}

/** The rules that concern several members, which the service model cannot express. */
function checkTransformJob(input: CreateTransformJobCommandInput, region: Region): void {
  const containers = servedContainers(region, findModel(region, given(input.ModelName)));
  if (containers.some(({ ModelDataSource }) => ModelDataSource !== undefined)) {
    throw invalid(`Model ${input.ModelName} has a ModelDataSource, which batch transform does not support: use ModelDataUrl.`);
  }
  const { MaxConcurrentTransforms = 0, MaxPayloadInMB = 0, DataProcessing } = input;
  if (MaxPayloadInMB > maxPayloadsInMB || MaxConcurrentTransforms * MaxPayloadInMB > maxPayloadsInMB) {
    throw invalid(
      `MaxConcurrentTransforms * MaxPayloadInMB is ${Math.max(1, MaxConcurrentTransforms) * MaxPayloadInMB} MB; it cannot exceed ${maxPayloadsInMB} MB.`,
    );
  }
  const dataType = input.TransformInput?.DataSource?.S3DataSource?.S3DataType;
  if (dataType !== "S3Prefix" && dataType !== "ManifestFile") {
    throw invalid(`S3DataType ${dataType} is not supported for transform jobs; use S3Prefix or ManifestFile.`);
  }
  try {
    checkFilters(DataProcessing);
  } catch (error) {
    throw invalid(`DataProcessing has a filter that is no supported JSONPath: ${error instanceof Error ? error.message : String(error)}`);
  }
}
