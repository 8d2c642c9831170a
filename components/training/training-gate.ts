import type { DescribeTrainingJobResponse } from "@aws-sdk/client-sagemaker";
import type { AwsClients } from "../aws/clients";
import { logLink } from "../aws/log-link";
import { logTail } from "../aws/log-tail";
import { type Clock, pollUntil } from "../aws/polling";
import { failureMessage } from "../errors/gate-error";

export const trainingLogGroup = "/aws/sagemaker/TrainingJobs";

/** How a training job ended: where its model is, or the whole message of the failure. */
export type TrainingEnd =
  | { readonly kind: "completed"; readonly modelDataUrl: string | undefined }
  | { readonly kind: "failed"; readonly message: string };

/** Waits until the job is over and tells each change of its status meanwhile. */
export async function awaitTraining(
  jobName: string,
  clients: AwsClients,
  tell: (line: string) => void,
  clock: Clock,
): Promise<TrainingEnd> {
  const { DescribeTrainingJobCommand } = await import("@aws-sdk/client-sagemaker");
  let told = "";
  const job = await pollUntil(
    () => clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: jobName })),
    (answer) => {
      const status = statusLine(answer);
      if (status !== told && !isOver(answer)) {
        tell(`training job ${jobName}: ${status}`);
      }
      told = status;
      return isOver(answer);
    },
    clock,
  );
  if (job.TrainingJobStatus === "Completed") {
    return { kind: "completed", modelDataUrl: job.ModelArtifacts?.S3ModelArtifacts };
  }
  return { kind: "failed", message: await describeFailure(job, jobName, clients) };
}

function isOver({ TrainingJobStatus }: DescribeTrainingJobResponse): boolean {
  return TrainingJobStatus === "Completed" || TrainingJobStatus === "Failed" || TrainingJobStatus === "Stopped";
}

function statusLine({ TrainingJobStatus, SecondaryStatus, SecondaryStatusTransitions }: DescribeTrainingJobResponse): string {
  const detail = SecondaryStatusTransitions?.at(-1)?.StatusMessage;
  return `${SecondaryStatus ?? TrainingJobStatus ?? "unknown"}${detail === undefined || detail === "" ? "" : `, ${detail}`}`;
}

async function describeFailure(job: DescribeTrainingJobResponse, jobName: string, clients: AwsClients): Promise<string> {
  const verb = job.TrainingJobStatus === "Stopped" ? "was stopped" : "failed";
  const reason = job.FailureReason ?? job.SecondaryStatusTransitions?.at(-1)?.StatusMessage ?? "SageMaker gives no reason";
  return failureMessage({
    code: "SLIP-2101",
    sentence: `training job ${jobName} ${verb}: ${reason}`,
    logTail: await logTail(clients.logs, { logGroup: trainingLogGroup, prefix: `${jobName}/`, streams: 3, lines: 30 }),
    logPlace: `log group ${trainingLogGroup}, streams ${jobName}/`,
    logLink: logLink(job.TrainingJobArn, trainingLogGroup, `${jobName}/`),
  });
}
