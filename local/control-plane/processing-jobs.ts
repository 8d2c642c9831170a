import type {
  CreateProcessingJobCommandInput,
  CreateProcessingJobCommandOutput,
  DeleteProcessingJobCommandInput,
  DeleteProcessingJobCommandOutput,
  DescribeProcessingJobCommandInput,
  DescribeProcessingJobCommandOutput,
  ListProcessingJobsCommandInput,
  ListProcessingJobsCommandOutput,
  StopProcessingJobCommandInput,
  StopProcessingJobCommandOutput,
} from "@aws-sdk/client-sagemaker";
import type { JobHost } from "../jobs/job-host";
import { defaultMaxRuntimeSeconds } from "../processing/processing-run";
import type { ProcessingJobRecord } from "./job-records";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { Region } from "./region";
import { inUse, invalid, notFound } from "./service-error";
import { addTags, removeTags } from "./tags";

const localPrefix = "/opt/ml/processing/";

export function processingJobOperations(host: JobHost<CreateProcessingJobCommandInput>): Record<string, Operation> {
  return {
    CreateProcessingJob: operation<CreateProcessingJobCommandInput, CreateProcessingJobCommandOutput>(async (input, { region }) => {
      const { Tags, ...request } = input;
      const name = given(input.ProcessingJobName);
      const arn = region.arn("processing-job", name);
      checkProcessingJob(input);
      if (region.has(arn)) {
        throw inUse(
          `Processing job names must be unique within an AWS account and region, and a processing job with this name already exists (${arn})`,
        );
      }
      const now = Date.now();
      const stopping = { MaxRuntimeInSeconds: request.StoppingCondition?.MaxRuntimeInSeconds ?? defaultMaxRuntimeSeconds };
      await region.processingJobs.put(name, {
        name,
        arn,
        request: { ...request, StoppingCondition: stopping },
        status: "InProgress",
        createdAt: now,
        modifiedAt: now,
      });
      await addTags(region, arn, Tags);
      host.start(region, name);
      return { ProcessingJobArn: arn };
    }),
    DescribeProcessingJob: operation<DescribeProcessingJobCommandInput, DescribeProcessingJobCommandOutput>((input, { region }) => {
      const job = findProcessingJob(region, given(input.ProcessingJobName));
      return {
        ...job.request,
        ProcessingJobName: job.name,
        ProcessingJobArn: job.arn,
        ProcessingJobStatus: job.status,
        ProcessingResources: job.request.ProcessingResources,
        AppSpecification: job.request.AppSpecification,
        ExitMessage: job.exitMessage,
        FailureReason: job.failureReason,
        CreationTime: date(job.createdAt),
        ProcessingStartTime: date(job.startedAt),
        ProcessingEndTime: date(job.endedAt),
        LastModifiedTime: date(job.modifiedAt),
      };
    }),
    ListProcessingJobs: operation<ListProcessingJobsCommandInput, ListProcessingJobsCommandOutput>((input, { region }) => {
      const kept = region.processingJobs.list().filter(({ status }) => input.StatusEquals === undefined || status === input.StatusEquals);
      const { items, nextToken } = listPage(kept, input);
      return {
        ProcessingJobSummaries: items.map((job) => ({
          ProcessingJobName: job.name,
          ProcessingJobArn: job.arn,
          CreationTime: date(job.createdAt),
          ProcessingEndTime: date(job.endedAt),
          LastModifiedTime: date(job.modifiedAt),
          ProcessingJobStatus: job.status,
          FailureReason: job.failureReason,
          ExitMessage: job.exitMessage,
        })),
        NextToken: nextToken,
      };
    }),
    StopProcessingJob: operation<StopProcessingJobCommandInput, StopProcessingJobCommandOutput>(async (input, { region }) => {
      const job = findProcessingJob(region, given(input.ProcessingJobName));
      if (job.status !== "InProgress") {
        throw invalid(`The request was rejected because the processing job is in status ${job.status}.`);
      }
      await host.stop(region, job.name);
      return {};
    }),
    DeleteProcessingJob: operation<DeleteProcessingJobCommandInput, DeleteProcessingJobCommandOutput>(async (input, { region }) => {
      const job = findProcessingJob(region, given(input.ProcessingJobName));
      if (job.status === "InProgress" || job.status === "Stopping") {
        throw inUse(`Processing job ${job.arn} is in status ${job.status}; only a job that has ended can be deleted.`);
      }
      await region.processingJobs.delete(job.name);
      await removeTags(region, job.arn);
      return {};
    }),
  };
}

function findProcessingJob(region: Region, name: string): ProcessingJobRecord {
  const job = region.processingJobs.get(name);
  if (job === undefined) {
    throw notFound(`Could not find requested job with name: ${name}`);
  }
  return job;
}

/** The rules that concern several members, which the service model cannot express. */
function checkProcessingJob({ ProcessingInputs, ProcessingOutputConfig }: CreateProcessingJobCommandInput): void {
  const inputs = ProcessingInputs ?? [];
  const outputs = ProcessingOutputConfig?.Outputs ?? [];
  refuseRepeated(
    "ProcessingInput",
    inputs.map(({ InputName }) => InputName),
  );
  refuseRepeated(
    "ProcessingOutput",
    outputs.map(({ OutputName }) => OutputName),
  );
  for (const { InputName, AppManaged, S3Input, DatasetDefinition } of inputs) {
    if ((S3Input === undefined) === (DatasetDefinition === undefined)) {
      throw invalid(`ProcessingInput ${InputName} must have exactly one of S3Input and DatasetDefinition.`);
    }
    checkLocalPath(`ProcessingInput ${InputName}`, S3Input?.LocalPath, S3Input !== undefined && AppManaged !== true);
  }
  for (const { OutputName, AppManaged, S3Output } of outputs) {
    checkLocalPath(`ProcessingOutput ${OutputName}`, S3Output?.LocalPath, S3Output !== undefined && AppManaged !== true);
  }
}

function refuseRepeated(what: string, names: readonly (string | undefined)[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw invalid(`The name ${repeated} is used for more than one ${what}; names must be unique.`);
  }
}

function checkLocalPath(what: string, path: string | undefined, required: boolean): void {
  if (path === undefined) {
    if (required) {
      throw invalid(`${what} must have a LocalPath, unless it is AppManaged.`);
    }
  } else if (!path.startsWith(localPrefix)) {
    throw invalid(`The LocalPath ${path} of ${what} must begin with ${localPrefix}`);
  }
}
