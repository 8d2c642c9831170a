import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateEndpointCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DeleteTrainingJobCommand,
  DescribeEndpointCommand,
  DescribeTrainingJobCommand,
  type SageMakerClient,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import { configure, invoke, variant } from "../support/hosting";
import { bucket, type Platform, role } from "../support/platform";
import { trainingJob } from "../support/requests";

type Clients = Pick<Platform, "sagemaker" | "runtime" | "image">;

const pollMilliseconds = 20;
const resting: ReadonlySet<string> = new Set(["InService", "Failed", "UpdateRollbackFailed"]);

/** What a project does all day: train (reading a pipe), create a model, deploy, call, update, call, delete; always under the same names. */
export async function deploymentLoop(clients: Clients): Promise<void> {
  const { sagemaker, image } = clients;
  const version = (EndpointConfigName: string) => sagemaker.send(new UpdateEndpointCommand({ EndpointName: "churn", EndpointConfigName }));
  await removeAll(sagemaker);
  const channel = {
    ChannelName: "training",
    DataSource: { S3DataSource: { S3DataType: "S3Prefix" as const, S3Uri: `s3://${bucket}/data/` } },
    InputMode: "Pipe" as const,
  };
  const HyperParameters = { task: "pipes", epochs: "2" };
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob({ image }, "churn", { InputDataConfig: [channel], HyperParameters })));
  const job = await ended(sagemaker, "churn");
  if (job.TrainingJobStatus !== "Completed") {
    throw new Error(`the training job is ${job.TrainingJobStatus}: ${job.FailureReason}`);
  }
  for (const name of ["churn-a", "churn-b"]) {
    const PrimaryContainer = { Image: image.uri, ModelDataUrl: job.ModelArtifacts?.S3ModelArtifacts, Environment: { VERSION: name } };
    await sagemaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn: role, PrimaryContainer }));
    await configure(clients, name, [variant(name)]);
  }
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: "churn", EndpointConfigName: "churn-a" }));
  await answers(clients, "churn-a");
  await version("churn-b");
  await answers(clients, "churn-b");
  await removeAll(sagemaker);
}

/** Waits until the endpoint rests, and asks it for its version some times. */
async function answers(clients: Clients, expected: string): Promise<void> {
  const endpoint = await rested(clients.sagemaker, "churn");
  if (endpoint?.EndpointStatus !== "InService" || endpoint.FailureReason !== undefined) {
    throw new Error(`the endpoint is ${endpoint?.EndpointStatus}: ${endpoint?.FailureReason}`);
  }
  for (let count = 0; count < 5; count++) {
    const { version } = await invoke(clients, "churn");
    if (version !== expected) {
      throw new Error(`the endpoint answered with ${version} in place of ${expected}`);
    }
  }
}

/** An endpoint that changes no more by itself; `undefined` when there is none. */
export async function rested(sagemaker: SageMakerClient, EndpointName: string) {
  for (;;) {
    const endpoint = await sagemaker.send(new DescribeEndpointCommand({ EndpointName })).catch(absent);
    if (endpoint === undefined || resting.has(endpoint.EndpointStatus ?? "")) {
      return endpoint;
    }
    await sleep(pollMilliseconds);
  }
}

async function ended(sagemaker: SageMakerClient, TrainingJobName: string) {
  for (;;) {
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName }));
    if (job.TrainingJobStatus !== "InProgress" && job.TrainingJobStatus !== "Stopping") {
      return job;
    }
    await sleep(pollMilliseconds);
  }
}

async function removeAll(sagemaker: SageMakerClient): Promise<void> {
  if ((await rested(sagemaker, "churn")) !== undefined) {
    await sagemaker.send(new DeleteEndpointCommand({ EndpointName: "churn" }));
    await rested(sagemaker, "churn");
  }
  for (const name of ["churn-a", "churn-b"]) {
    await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name })).catch(absent);
    await sagemaker.send(new DeleteModelCommand({ ModelName: name })).catch(absent);
  }
  await sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: "churn" })).catch(absent);
}

/** For what may not be there: `undefined` then, and every other error as it is. */
function absent(error: unknown): undefined {
  if (!(error instanceof Error && /^(Could not find|Requested resource not found)/.test(error.message))) {
    throw error;
  }
}
