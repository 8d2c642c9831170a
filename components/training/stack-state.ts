import { recordedResources } from "../recorded-state";

/** Names of the training jobs in this stack's recorded state; undefined when the engine cannot tell. */
export async function recordedTrainingJobs(): Promise<ReadonlySet<string> | undefined> {
  const recorded = await recordedResources();
  if (recorded === undefined) {
    return undefined;
  }
  const jobs = Object.values(recorded).filter(({ type }) => type === "aws:sagemaker/trainingJob:TrainingJob");
  return new Set(jobs.map(({ outputs }) => String(outputs?.trainingJobName)));
}
