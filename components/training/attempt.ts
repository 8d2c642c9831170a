import type { SageMakerClient } from "@aws-sdk/client-sagemaker";
import { isPassing } from "../aws/polling";

/** Status of a training job by name; undefined when there is no such job. */
export type JobStatus = (name: string) => Promise<string | undefined>;

/** Most failed attempts of the same content that are looked through. */
const mostAttempts = 200;

/**
 * Name of the job to have: the first attempt at this content that has not failed. A job that exists but is not of this stack (its stack was
 * destroyed, or an `up` was killed before it could be recorded) cannot be taken over under the same name, so its attempt counts as used.
 *
 * @param base name without the attempt
 * @param ofThisStack tells whether the stack's state holds a job of that name; undefined when the state cannot be read
 */
export async function chooseAttempt(
  base: string,
  statusOf: JobStatus,
  ofThisStack: ((name: string) => boolean) | undefined,
): Promise<string> {
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const name = `${base}-${attempt}`;
    const status = await statusOf(name);
    const isUsable =
      status === undefined || (status !== "Failed" && status !== "Stopped" && status !== "Stopping" && (ofThisStack?.(name) ?? true));
    if (isUsable) {
      return name;
    }
  }
  throw new Error(
    `SLIP-2102 the same training has failed ${mostAttempts} times (${base}-1 to ${base}-${mostAttempts}); change model.py, its data or its settings`,
  );
}

/** Asks SageMaker. `DescribeTrainingJob` answers an unknown name with a ValidationException. */
export function describeStatus(sagemaker: SageMakerClient, sleep: (milliseconds: number) => Promise<void>): JobStatus {
  return async (name) => {
    const { DescribeTrainingJobCommand } = await import("@aws-sdk/client-sagemaker");
    for (let failures = 1; ; failures++) {
      try {
        const { TrainingJobStatus } = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
        return TrainingJobStatus;
      } catch (error) {
        if (error instanceof Error && (error.name === "ValidationException" || error.name === "ResourceNotFound")) {
          return undefined;
        }
        if (!isPassing(error) || failures > 5) {
          throw error;
        }
        await sleep(250 * 2 ** failures);
      }
    }
  };
}
