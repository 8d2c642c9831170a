import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CreateTrainingJobCommandInput } from "@aws-sdk/client-sagemaker";
import { type JobHost, resourceConfig } from "../jobs/cluster";
import { inputDataConfig } from "./channels";

/** AWS reports this many characters of the failure file. */
const failureCharacters = 1_024;

/** One host among those of its job, and the interface that leads to the others. */
export interface HostPlace {
  readonly host: JobHost;
  readonly hosts: readonly JobHost[];
  readonly networkInterface: string;
}

/** Makes the folders and configuration files that a training container finds under `/opt/ml`. */
export async function prepareJobFolder(folder: string, request: CreateTrainingJobCommandInput, place: HostPlace): Promise<void> {
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
  const { host, hosts, networkInterface } = place;
  await writeJson(join(config, "hyperparameters.json"), request.HyperParameters ?? {});
  await writeJson(join(config, "inputdataconfig.json"), inputDataConfig(request, host, hosts));
  await writeJson(join(config, "resourceconfig.json"), resourceConfig(host, hosts, networkInterface));
}

/** What the container wrote to its failure file, cut as AWS cuts it; empty when it wrote none. */
export async function readFailure(folder: string): Promise<string> {
  const text = await readFile(join(folder, "output", "failure"), "utf8").catch(() => "");
  return text.trim().slice(0, failureCharacters);
}

function writeJson(path: string, value: object): Promise<void> {
  return writeFile(path, `${JSON.stringify(value)}\n`);
}
