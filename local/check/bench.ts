import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Container, ContainerRunner } from "../containers/container-runner";
import { hostsOf } from "../jobs/cluster";
import { prepareJobFolder } from "../training/job-folder";
import { type Limits, type Line, type Outcome, outcome, skipped } from "./lines";
import type { Target } from "./target";

const logLines = 200;

/** A container that was started for a check, and what it printed. */
export interface Started {
  readonly container: Container;
  readonly baseDir: string;
  /** The last line it printed that says something. */
  lastLine(): string;
}

/** Starts containers for one check run, in folders of their own, and ends whatever is left of them. */
export class Bench {
  readonly outcomes: Outcome[] = [];
  private readonly running = new Set<Container>();
  private count = 0;

  constructor(
    readonly target: Target,
    readonly runner: ContainerRunner,
    readonly limits: Limits,
    readonly signal: AbortSignal,
    private readonly workDir: string,
    private readonly report: (outcome: Outcome) => void,
    private readonly progress: (what: string) => void,
  ) {}

  say(what: string): void {
    this.signal.throwIfAborted();
    this.progress(what);
  }

  tell(line: Line, holds: boolean, found: string): void {
    this.add(outcome(line, holds, found));
  }

  skip(line: Line, reason: string): void {
    this.add(skipped(line, reason));
  }

  /** Starts `train` or `serve` with a model folder copied in; `fill` may put more into its /opt/ml before. */
  async start(
    command: "train" | "serve",
    o: { modelDir?: string; runner?: ContainerRunner; fill?: (baseDir: string) => Promise<void> } = {},
  ): Promise<Started> {
    const name = `check-${command}-${++this.count}`;
    const baseDir = join(this.workDir, name);
    await mkdir(join(baseDir, "model"), { recursive: true });
    if (o.modelDir !== undefined) await cp(o.modelDir, join(baseDir, "model"), { recursive: true });
    if (command === "train") await prepareJob(baseDir, this.target, name);
    await o.fill?.(baseDir);
    const printed: string[] = [];
    const container = await (o.runner ?? this.runner).run({
      name,
      image: this.target.image,
      command,
      baseDir,
      environment:
        command === "train"
          ? { TRAINING_JOB_NAME: name, TRAINING_JOB_ARN: `arn:aws:sagemaker:us-east-1:000000000000:training-job/${name}` }
          : {},
      onLine: (line) => {
        printed.push(line);
        if (printed.length > logLines) printed.shift();
      },
    });
    this.running.add(container);
    void container.exited.then(() => this.running.delete(container));
    return {
      container,
      baseDir,
      lastLine: () =>
        printed
          .filter((line) => line.trim() !== "")
          .at(-1)
          ?.trim() ?? "it printed nothing",
    };
  }

  /** Ends what still runs. */
  async clear(): Promise<void> {
    await Promise.all([...this.running].map((container) => container.stop(0)));
  }

  private add(found: Outcome): void {
    this.outcomes.push(found);
    this.report(found);
  }
}

async function prepareJob(baseDir: string, target: Target, name: string): Promise<void> {
  const request = {
    TrainingJobName: name,
    RoleArn: undefined,
    OutputDataConfig: undefined,
    StoppingCondition: undefined,
    ResourceConfig: { InstanceType: "ml.m5.large", VolumeSizeInGB: 1, InstanceCount: 1 },
    AlgorithmSpecification: { TrainingInputMode: "File" },
    InputDataConfig: Object.keys(target.channels).map((channel) => ({ ChannelName: channel, DataSource: {} })),
  } as const;
  const hosts = hostsOf(request.ResourceConfig);
  const [host] = hosts;
  if (host === undefined) throw new Error("a job has at least one instance");
  await prepareJobFolder(baseDir, { ...request, InputDataConfig: [...request.InputDataConfig] }, { host, hosts, networkInterface: "lo" });
  for (const [channel, folder] of Object.entries(target.channels)) {
    await cp(folder, join(baseDir, "input", "data", channel), { recursive: true });
  }
}
