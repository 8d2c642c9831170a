import type { CreateTrainingJobCommandInput } from "@aws-sdk/client-sagemaker";
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
  if (ResourceConfig?.InstanceGroups === undefined && ResourceConfig?.InstanceType === undefined) {
    throw invalid("ResourceConfig must have an InstanceType or InstanceGroups.");
  }
  const channels = (InputDataConfig ?? []).map((channel) => channel.ChannelName);
  const repeated = channels.find((name, index) => channels.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw invalid(`The channel name ${repeated} is used more than once; channel names must be unique.`);
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
