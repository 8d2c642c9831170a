import type { Channel, CreateTrainingJobCommandInput, ResourceConfig, UpdateTrainingJobCommandInput } from "@aws-sdk/client-sagemaker";
import type { TrainingJobRecord } from "./records";
import { invalid } from "./service-error";

/** The rules of a training job that concern several members, which the service model cannot express. */
export function checkTrainingJob(input: CreateTrainingJobCommandInput): void {
  const { AlgorithmSpecification, EnableManagedSpotTraining, StoppingCondition, ResourceConfig, InputDataConfig } = input;
  if (
    AlgorithmSpecification === undefined ||
    (AlgorithmSpecification.TrainingImage === undefined) === (AlgorithmSpecification.AlgorithmName === undefined)
  ) {
    throw invalid("You must specify exactly one of TrainingImage and AlgorithmName in AlgorithmSpecification.");
  }
  for (const { Name, Regex } of AlgorithmSpecification.MetricDefinitions ?? []) {
    if (!isExpression(Regex ?? "")) {
      throw invalid(`The regular expression ${JSON.stringify(Regex)} of metric ${Name} cannot be compiled.`);
    }
  }
  const maxWait = StoppingCondition?.MaxWaitTimeInSeconds;
  const maxRuntime = StoppingCondition?.MaxRuntimeInSeconds;
  if (EnableManagedSpotTraining === true) {
    if (maxWait === undefined) {
      throw invalid("MaxWaitTimeInSeconds must be specified when EnableManagedSpotTraining is set to true.");
    }
    if (maxRuntime !== undefined && maxWait < maxRuntime) {
      throw invalid(`Invalid MaxWaitTimeInSeconds ${maxWait}: it must be equal to or greater than MaxRuntimeInSeconds ${maxRuntime}.`);
    }
  } else if (maxWait !== undefined) {
    throw invalid("MaxWaitTimeInSeconds can be specified only when EnableManagedSpotTraining is set to true.");
  }
  checkResources(ResourceConfig);
  const channels = (InputDataConfig ?? []).map((channel) => channel.ChannelName);
  const repeated = channels.find((name, index) => channels.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw invalid(`The channel name ${repeated} is used more than once; channel names must be unique.`);
  }
  for (const channel of InputDataConfig ?? []) {
    checkChannel(channel, input);
  }
}

/** What an update may change depends on how far the job is. */
export function checkTrainingJobUpdate(input: UpdateTrainingJobCommandInput, job: TrainingJobRecord): void {
  const { name, status, secondaryStatus } = job;
  const changesProfiler = input.ProfilerConfig !== undefined || input.ProfilerRuleConfigurations !== undefined;
  if (changesProfiler && status !== "InProgress") {
    throw invalid(`The profiler of training job ${name} cannot be updated: the job is in status ${status}, not InProgress.`);
  }
  if (input.RemoteDebugConfig !== undefined && secondaryStatus !== "Downloading" && secondaryStatus !== "Training") {
    throw invalid(
      `RemoteDebugConfig of training job ${name} can be updated only while its secondary status is Downloading or Training; it is ${secondaryStatus}.`,
    );
  }
  if (input.ResourceConfig !== undefined && job.request.ResourceConfig?.KeepAlivePeriodInSeconds === undefined) {
    throw invalid(`KeepAlivePeriodInSeconds of training job ${name} cannot be updated: the job was created without a warm pool.`);
  }
}

function checkResources(resources: ResourceConfig | undefined): void {
  const groups = resources?.InstanceGroups;
  if (groups === undefined) {
    if (resources?.InstanceType === undefined) {
      throw invalid("ResourceConfig must have an InstanceType or InstanceGroups.");
    }
  } else if (resources?.InstanceType !== undefined || (resources?.InstanceCount ?? 0) > 0) {
    throw invalid("ResourceConfig cannot have InstanceGroups together with InstanceType or InstanceCount.");
  }
}

function checkChannel({ ChannelName, DataSource, InputMode }: Channel, request: CreateTrainingJobCommandInput): void {
  const source = DataSource?.S3DataSource;
  const mode = InputMode ?? request.AlgorithmSpecification?.TrainingInputMode;
  if (source?.S3DataType === "AugmentedManifestFile") {
    if (mode !== "Pipe") {
      throw invalid(`Channel ${ChannelName}: AugmentedManifestFile can only be used with the input mode Pipe.`);
    }
    if (source.AttributeNames === undefined || source.AttributeNames.length === 0) {
      throw invalid(`Channel ${ChannelName}: AttributeNames must be specified with AugmentedManifestFile.`);
    }
  }
  const groups = request.ResourceConfig?.InstanceGroups?.map(({ InstanceGroupName }) => InstanceGroupName) ?? [];
  const unknown = source?.InstanceGroupNames?.find((name) => !groups.includes(name));
  if (unknown !== undefined) {
    throw invalid(`Channel ${ChannelName}: ResourceConfig has no instance group ${unknown}.`);
  }
}

function isExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
