import { seconds } from "../output/columns";
import type { StepMetadata } from "./engine-event";

const trainingJob = "aws:sagemaker/trainingJob:TrainingJob";
const model = "aws:sagemaker/model:Model";
const endpoint = "aws:sagemaker/endpoint:Endpoint";

/** What people call the making of a resource of these types; others take too little time to be told. */
const doings: Readonly<Record<string, string>> = {
  "docker:index/image:Image": "building the image",
  [trainingJob]: "training",
  [model]: "making the model",
  [endpoint]: "starting the endpoint",
  "aws:lambda/function:Function": "making the API",
};

/** Everything that happens to one model, or to the platform, in one update. */
export class Work {
  doing = "";
  failed = false;
  lastActivity: number;
  private readonly counts = { made: 0, updated: 0, replaced: 0, removed: 0 };
  private trainingSince: number | undefined;
  private trainedAt: number | undefined;
  private touchedEndpoint = false;

  constructor(readonly startedAt: number) {
    this.lastActivity = startedAt;
  }

  get servesEndpoint(): boolean {
    return this.touchedEndpoint;
  }

  begin(step: StepMetadata, now: number): void {
    this.lastActivity = now;
    if (isRemoval(step)) {
      if (step.op === "delete" && this.doing === "") this.doing = "removing";
      return;
    }
    this.doing = doings[step.type] ?? this.doing;
    if (step.type === trainingJob && isMaking(step)) this.trainingSince = now;
    // Whatever serves the model is only begun once the training gate has let it pass.
    if (step.type === model && this.trainingSince !== undefined) this.trainedAt = now;
    if (step.type === endpoint) this.touchedEndpoint = true;
  }

  end(step: StepMetadata, now: number): void {
    this.lastActivity = now;
    if (step.op === "create" || step.op === "import") this.counts.made++;
    else if (step.op === "update") this.counts.updated++;
    else if (step.op === "create-replacement") this.counts.replaced++;
    else if (step.op === "delete") this.counts.removed++;
  }

  /** `trained 6.4 s, 9 made`, or `2 updated, 1 replaced`. */
  summary(outcome: "done" | "failed" | "stopped"): string {
    const parts = Object.entries(this.counts)
      .filter(([, count]) => count > 0)
      .map(([word, count]) => `${count} ${word}`);
    if (this.trainingSince !== undefined && this.trainedAt !== undefined)
      parts.unshift(`trained ${seconds((this.trainedAt - this.trainingSince) / 1000)}`);
    if (outcome === "failed") return ["failed", ...parts].join(", ");
    if (outcome === "stopped") return ["stopped", ...parts].join(", ");
    return parts.length === 0 ? "ready" : parts.join(", ");
  }
}

function isMaking({ op }: StepMetadata): boolean {
  return op === "create" || op === "create-replacement";
}

function isRemoval({ op }: StepMetadata): boolean {
  return op === "delete" || op === "delete-replaced" || op === "discard" || op === "discard-replaced";
}
