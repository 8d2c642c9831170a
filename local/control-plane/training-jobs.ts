import type {
  CreateTrainingJobCommandInput,
  CreateTrainingJobCommandOutput,
  DeleteTrainingJobCommandInput,
  DeleteTrainingJobCommandOutput,
  DescribeTrainingJobCommandInput,
  DescribeTrainingJobCommandOutput,
  ListTrainingJobsCommandInput,
  ListTrainingJobsCommandOutput,
  StopTrainingJobCommandInput,
  StopTrainingJobCommandOutput,
  UpdateTrainingJobCommandInput,
  UpdateTrainingJobCommandOutput,
} from "@aws-sdk/client-sagemaker";
import type { TrainingHost } from "../training/training-host";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { TrainingJobRecord } from "./records";
import type { Region } from "./region";
import { inUse, invalid, notFound } from "./service-error";
import { addTags, removeTags } from "./tags";
import { checkTrainingJob, checkTrainingJobUpdate } from "./training-job-checks";

/** AWS's own default when a stopping condition names no runtime: one day. */
const defaultMaxRuntimeSeconds = 86_400;

export function trainingJobOperations(host: TrainingHost): Record<string, Operation> {
  return {
    CreateTrainingJob: operation<CreateTrainingJobCommandInput, CreateTrainingJobCommandOutput>(async (input, { region }) => {
      const { Tags, ...request } = input;
      const name = given(input.TrainingJobName);
      const arn = region.arn("training-job", name);
      checkTrainingJob(input);
      if (region.trainingJobs.list().some((job) => job.arn === arn)) {
        throw inUse(
          `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
        );
      }
      const now = Date.now();
      const stopping = { ...request.StoppingCondition };
      await region.trainingJobs.put(name, {
        name,
        arn,
        request: {
          ...request,
          StoppingCondition: { ...stopping, MaxRuntimeInSeconds: stopping.MaxRuntimeInSeconds ?? defaultMaxRuntimeSeconds },
        },
        status: "InProgress",
        secondaryStatus: "Starting",
        transitions: [{ status: "Starting", startedAt: now, message: "Preparing the instances for training" }],
        createdAt: now,
        modifiedAt: now,
      });
      await addTags(region, arn, Tags);
      host.start(region, name);
      return { TrainingJobArn: arn };
    }),
    DescribeTrainingJob: operation<DescribeTrainingJobCommandInput, DescribeTrainingJobCommandOutput>((input, { region }) =>
      describe(findTrainingJob(region, given(input.TrainingJobName))),
    ),
    ListTrainingJobs: operation<ListTrainingJobsCommandInput, ListTrainingJobsCommandOutput>((input, { region }) => {
      const kept = region.trainingJobs.list().filter(({ status }) => input.StatusEquals === undefined || status === input.StatusEquals);
      const { items, nextToken } = listPage(kept, input);
      return {
        TrainingJobSummaries: items.map((job) => ({
          TrainingJobName: job.name,
          TrainingJobArn: job.arn,
          CreationTime: date(job.createdAt),
          TrainingEndTime: date(job.trainingEndedAt),
          LastModifiedTime: date(job.modifiedAt),
          TrainingJobStatus: job.status,
          SecondaryStatus: job.secondaryStatus,
        })),
        NextToken: nextToken,
      };
    }),
    StopTrainingJob: operation<StopTrainingJobCommandInput, StopTrainingJobCommandOutput>(async (input, { region }) => {
      const job = findTrainingJob(region, given(input.TrainingJobName));
      if (job.status !== "InProgress") {
        throw invalid(`The request was rejected because the training job is in status ${job.status}.`);
      }
      await host.stop(region, job.name);
      return {};
    }),
    UpdateTrainingJob: operation<UpdateTrainingJobCommandInput, UpdateTrainingJobCommandOutput>(async (input, { region }) => {
      const job = findTrainingJob(region, given(input.TrainingJobName));
      checkTrainingJobUpdate(input, job);
      const { ProfilerConfig, ProfilerRuleConfigurations, RemoteDebugConfig, ResourceConfig } = input;
      const request = {
        ...job.request,
        ...(ProfilerConfig === undefined ? {} : { ProfilerConfig: { ...job.request.ProfilerConfig, ...ProfilerConfig } }),
        ...(ProfilerRuleConfigurations === undefined ? {} : { ProfilerRuleConfigurations }),
        ...(RemoteDebugConfig === undefined ? {} : { RemoteDebugConfig }),
        ...(ResourceConfig === undefined ? {} : { ResourceConfig: { ...job.request.ResourceConfig, ...ResourceConfig } }),
      };
      await region.trainingJobs.put(job.name, { ...job, request, modifiedAt: Date.now() });
      return { TrainingJobArn: job.arn };
    }),
    DeleteTrainingJob: operation<DeleteTrainingJobCommandInput, DeleteTrainingJobCommandOutput>(async (input, { region }) => {
      const job = findTrainingJob(region, given(input.TrainingJobName));
      if (job.status === "InProgress" || job.status === "Stopping") {
        throw inUse(`Training job ${job.arn} is in status ${job.status}; only a job that has ended can be deleted.`);
      }
      await region.trainingJobs.delete(job.name);
      await removeTags(region, job.arn);
      return {};
    }),
  };
}

function findTrainingJob(region: Region, name: string): TrainingJobRecord {
  const job = region.trainingJobs.get(name);
  if (job === undefined) {
    throw notFound("Requested resource not found.");
  }
  return job;
}

function describe(job: TrainingJobRecord): Omit<DescribeTrainingJobCommandOutput, "$metadata"> {
  const { request } = job;
  const seconds = trainingSeconds(job);
  return {
    ...request,
    TrainingJobName: job.name,
    TrainingJobArn: job.arn,
    TrainingJobStatus: job.status,
    SecondaryStatus: job.secondaryStatus,
    FailureReason: job.failureReason,
    ModelArtifacts: job.modelArtifacts === undefined ? undefined : { S3ModelArtifacts: job.modelArtifacts },
    AlgorithmSpecification: request.AlgorithmSpecification,
    ResourceConfig: request.ResourceConfig,
    StoppingCondition: request.StoppingCondition,
    EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
    EnableInterContainerTrafficEncryption: request.EnableInterContainerTrafficEncryption ?? false,
    EnableManagedSpotTraining: request.EnableManagedSpotTraining ?? false,
    CreationTime: date(job.createdAt),
    TrainingStartTime: date(job.trainingStartedAt),
    TrainingEndTime: date(job.trainingEndedAt),
    LastModifiedTime: date(job.modifiedAt),
    TrainingTimeInSeconds: seconds,
    BillableTimeInSeconds: seconds,
    SecondaryStatusTransitions: job.transitions.map((transition) => ({
      Status: transition.status,
      StartTime: date(transition.startedAt),
      EndTime: date(transition.endedAt),
      StatusMessage: transition.message,
    })),
    FinalMetricDataList: job.finalMetrics?.map((metric) => ({ MetricName: metric.name, Value: metric.value, Timestamp: date(metric.at) })),
  };
}

/** Seconds from the first download to the end, without the times a job waited for instances again. */
function trainingSeconds({ trainingStartedAt, trainingEndedAt, transitions }: TrainingJobRecord): number | undefined {
  if (trainingStartedAt === undefined || trainingEndedAt === undefined) {
    return undefined;
  }
  const waited = transitions
    .filter(({ status, startedAt }) => (status === "Interrupted" || status === "Starting") && startedAt >= trainingStartedAt)
    .reduce((sum, { startedAt, endedAt }) => sum + ((endedAt ?? trainingEndedAt) - startedAt), 0);
  return Math.max(1, Math.round((trainingEndedAt - trainingStartedAt - waited) / 1_000));
}
