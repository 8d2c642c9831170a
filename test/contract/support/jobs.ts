import { gunzipSync } from "node:zlib";
import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
} from "@aws-sdk/client-sagemaker";
import { extract } from "tar-stream";
import { expect } from "vitest";
import { getBytes, type Platform } from "./platform";
import { trainingJob } from "./requests";

/** How long a job may take on a slow, loaded machine. */
const patience = { timeout: 90_000, interval: 100 };

/** Starts a training job of the echo image and waits for its end, however it ends. */
export async function train(
  platform: Platform,
  name: string,
  more: Partial<CreateTrainingJobCommandInput>,
): Promise<DescribeTrainingJobCommandOutput> {
  await platform.sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, name, more)));
  return trainingEnd(platform, name);
}

/** Waits for a training job's end. */
export async function trainingEnd({ sagemaker }: Platform, name: string): Promise<DescribeTrainingJobCommandOutput> {
  const describe = () => sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  await expect.poll(async () => (await describe()).TrainingJobStatus, patience).toMatch(/^(Completed|Failed|Stopped)$/);
  return describe();
}

/** Waits until something holds. */
export async function until(read: () => Promise<unknown>, expected: unknown): Promise<void> {
  await expect.poll(read, patience).toEqual(expected);
}

/** The model a job left, file by file. */
export async function modelFiles({ s3 }: Platform, job: DescribeTrainingJobCommandOutput): Promise<Map<string, string>> {
  return untar(await getBytes(s3, job.ModelArtifacts?.S3ModelArtifacts ?? ""));
}

/** Files of a `.tar.gz` by path. */
export async function untar(archive: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const entries = extract();
  entries.end(gunzipSync(archive));
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) {
      chunks.push(chunk as Buffer);
    }
    files.set(entry.header.name, Buffer.concat(chunks).toString("utf8"));
  }
  return files;
}
