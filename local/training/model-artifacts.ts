import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CreateTrainingJobCommandInput } from "@aws-sdk/client-sagemaker";
import { packFolders } from "../archive/pack-folder";
import { filesOf } from "../images/context-digest";
import { JobFailure, storageFailure } from "../jobs/job-failure";
import type { ObjectStorage } from "../storage/object-storage";

/** What took hours to train is not given up because S3 broke off once: it is sent again from its beginning. */
const uploadAttempts = 3;
const uploadPauseMilliseconds = 1_000;

/** Where a job's results go, and how they get there. What several hosts wrote becomes one; of two files of one name the first host's stays. */
export class ModelArtifacts {
  private readonly prefix: string;
  private readonly uncompressed: boolean;
  private readonly kmsKeyId: string | undefined;

  constructor(
    { OutputDataConfig, TrainingJobName }: CreateTrainingJobCommandInput,
    private readonly storage: ObjectStorage,
  ) {
    this.prefix = `${(OutputDataConfig?.S3OutputPath ?? "").replace(/\/+$/, "")}/${TrainingJobName}/output`;
    this.kmsKeyId = OutputDataConfig?.KmsKeyId;
    this.uncompressed = OutputDataConfig?.CompressionType === "NONE";
  }

  /** `output.tar.gz` of the hosts' `output/data`, when there is anything in them. */
  async storeOutput(hostFolders: readonly string[]): Promise<void> {
    const folders = hostFolders.map((folder) => join(folder, "output", "data"));
    const contents = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
    if (contents.some((entries) => entries.length > 0)) {
      await this.store(`${this.prefix}/output.tar.gz`, folders);
    }
  }

  /** The hosts' `model` folders as `model.tar.gz`, or file by file when the job asks for no compression. Resolves to where they are. */
  async storeModel(hostFolders: readonly string[]): Promise<string> {
    const folders = hostFolders.map((folder) => join(folder, "model"));
    if (!this.uncompressed) {
      return this.store(`${this.prefix}/model.tar.gz`, folders);
    }
    const uri = `${this.prefix}/model/`;
    const stored = new Set<string>();
    for (const folder of folders) {
      for (const path of await filesOf(folder)) {
        if (!stored.has(path)) {
          stored.add(path);
          await this.write(`${uri}${path}`, () => createReadStream(join(folder, path)));
        }
      }
    }
    return uri;
  }

  private async store(uri: string, folders: readonly string[]): Promise<string> {
    await this.write(uri, () => packFolders(folders));
    return uri;
  }

  private async write(uri: string, content: () => Parameters<ObjectStorage["write"]>[1]): Promise<void> {
    for (let left = uploadAttempts - 1; ; left--) {
      try {
        return await this.storage.write(uri, content(), { kmsKeyId: this.kmsKeyId });
      } catch (error) {
        const failure = storageFailure(`Artifact upload failed: cannot write ${uri}`, error);
        if (failure instanceof JobFailure || left === 0) {
          throw failure;
        }
        await sleep(uploadPauseMilliseconds);
      }
    }
  }
}
