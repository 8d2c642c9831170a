import { join } from "node:path";
import type { CreateProcessingJobCommandInput, CreateTransformJobCommandInput } from "@aws-sdk/client-sagemaker";
import { servedContainers } from "../control-plane/model-containers";
import type { Region } from "../control-plane/region";
import { ProcessingRun } from "../processing/processing-run";
import type { TransformServices } from "../transform/transform-instance";
import { TransformRun } from "../transform/transform-run";
import { clientError } from "./job-failure";
import { JobHost } from "./job-host";

export interface JobsOptions extends TransformServices {
  /** Folder for what containers need while they run. */
  readonly runDir: string;
  readonly log: (line: string) => void;
}

/** The transform and processing jobs that run now. */
export class Jobs {
  readonly transform: JobHost<CreateTransformJobCommandInput>;
  readonly processing: JobHost<CreateProcessingJobCommandInput>;

  constructor(options: JobsOptions) {
    const { runDir, log } = options;
    this.transform = new JobHost({
      kind: "transform job",
      runDir: join(runDir, "transform"),
      store: (region) => region.transformJobs,
      run: (place) => {
        const model = place.region.models.get(place.job.request.ModelName ?? "");
        if (model === undefined) {
          throw clientError(`Could not find model ${place.job.request.ModelName}.`);
        }
        return new TransformRun(place, servedContainers(place.region, model), options);
      },
      log,
    });
    this.processing = new JobHost({
      kind: "processing job",
      runDir: join(runDir, "processing"),
      store: (region) => region.processingJobs,
      run: (place) => new ProcessingRun(place, options),
      log,
    });
  }

  async shutdown(): Promise<void> {
    await Promise.all([this.transform.shutdown(), this.processing.shutdown()]);
  }

  async recover(region: Region): Promise<void> {
    await this.transform.recover(region);
    await this.processing.recover(region);
  }
}
