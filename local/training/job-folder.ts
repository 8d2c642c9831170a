import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CreateTrainingJobCommandInput } from "@aws-sdk/client-sagemaker";

/** The name of a job's only host. */
const host = "algo-1";

/** AWS reports this many characters of the failure file. */
const failureCharacters = 1_024;

/** Makes the folders and configuration files that a training container finds under `/opt/ml`. */
export async function prepareJobFolder(folder: string, request: CreateTrainingJobCommandInput): Promise<void> {
  const config = join(folder, "input", "config");
  for (const path of [
    config,
    join(folder, "input", "data"),
    join(folder, "model"),
    join(folder, "output", "data"),
    join(folder, "checkpoints"),
  ]) {
    await mkdir(path, { recursive: true });
  }
  await writeJson(join(config, "hyperparameters.json"), request.HyperParameters ?? {});
  await writeJson(join(config, "inputdataconfig.json"), channelConfig(request));
  await writeJson(join(config, "resourceconfig.json"), {
    current_host: host,
    current_instance_type: request.ResourceConfig?.InstanceType,
    current_group_name: "homogeneousCluster",
    hosts: [host],
    instance_groups: [{ instance_group_name: "homogeneousCluster", instance_type: request.ResourceConfig?.InstanceType, hosts: [host] }],
    network_interface_name: "lo",
  });
}

/** What the container wrote to its failure file, cut as AWS cuts it; empty when it wrote none. */
export async function readFailure(folder: string): Promise<string> {
  const text = await readFile(join(folder, "output", "failure"), "utf8").catch(() => "");
  return text.trim().slice(0, failureCharacters);
}

function channelConfig(request: CreateTrainingJobCommandInput): Record<string, object> {
  return Object.fromEntries(
    (request.InputDataConfig ?? []).map((channel) => [
      channel.ChannelName,
      {
        TrainingInputMode: channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? "File",
        S3DistributionType: channel.DataSource?.S3DataSource?.S3DataDistributionType ?? "FullyReplicated",
        RecordWrapperType: channel.RecordWrapperType ?? "None",
        ...(channel.ContentType === undefined ? {} : { ContentType: channel.ContentType }),
      },
    ]),
  );
}

function writeJson(path: string, value: object): Promise<void> {
  return writeFile(path, `${JSON.stringify(value)}\n`);
}
