import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import type { DaemonRecord } from "../../local/daemon-record";
import { FileImageStore } from "../../local/images/image-store";
import { packageRoot } from "../../tools/package-root";
import { ensureLocalTools } from "../../tools/python/ensure";

const [account, region] = ["000000000000", "us-east-1"];
const startSeconds = 120;

/** A daemon of the benchmark's own, with a state folder of its own, and endpoints of a model that sends bodies back. Its server takes many connections at once. */
export class LocalDaemon {
  private constructor(
    private readonly stateDir: string,
    private readonly child: ChildProcess,
    readonly record: DaemonRecord,
    private readonly sagemaker: SageMakerClient,
  ) {}

  static async start(): Promise<LocalDaemon> {
    const root = packageRoot();
    const stateDir = mkdtempSync(join(tmpdir(), "slipway-bench-"));
    const { venv } = await ensureLocalTools();
    const images = await FileImageStore.open(join(stateDir, "images"), { prepare: async () => ({}) });
    const repository = `${account}.dkr.ecr.${region}.amazonaws.com/echo:1`;
    const image = await images.build({ imageName: repository, context: join(root, "test/contract/fixtures/counting") });
    const args = [join(root, "dist/daemon.js"), "--state", stateDir, "--port", "0", "--account", account, "--runner", "process"];
    const child = spawn(process.execPath, args, { env: { ...process.env, SLIPWAY_PYTHON_TOOLS: venv }, stdio: "ignore" });
    const record = await ready(stateDir, child);
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const sagemaker = new SageMakerClient({ endpoint: record.endpointUrl, region, credentials });
    const Environment = { RECEIVED_DIR: stateDir, SECONDS_PER_REQUEST: "0" };
    const PrimaryContainer = { Image: image.uri, Environment };
    await sagemaker.send(
      new CreateModelCommand({ ModelName: "echo", ExecutionRoleArn: `arn:aws:iam::${account}:role/r`, PrimaryContainer }),
    );
    const variant = { VariantName: "primary", ModelName: "echo", InstanceType: "ml.m5.large", InitialInstanceCount: 1 } as const;
    await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: "echo", ProductionVariants: [variant] }));
    return new LocalDaemon(stateDir, child, record, sagemaker);
  }

  /** Resolves when the endpoint is in service. */
  async serve(EndpointName: string): Promise<void> {
    await this.sagemaker.send(new CreateEndpointCommand({ EndpointName, EndpointConfigName: "echo" }));
    for (;;) {
      const { EndpointStatus, FailureReason } = await this.sagemaker.send(new DescribeEndpointCommand({ EndpointName }));
      if (EndpointStatus === "InService") return;
      if (EndpointStatus === "Failed") throw new Error(`endpoint ${EndpointName} failed: ${FailureReason}`);
      await sleep(10);
    }
  }

  async delete(EndpointName: string): Promise<void> {
    await this.sagemaker.send(new DeleteEndpointCommand({ EndpointName }));
  }

  /** The port an endpoint's container listens on, which its environment tells. */
  containerPort(endpoint: string): number {
    const folder = join(this.stateDir, "run", "endpoints", region, endpoint);
    const [pid] = this.containers().filter((each) => environment(each).SAGEMAKER_BASE_DIR?.startsWith(folder));
    const port = pid === undefined ? undefined : environment(pid).SAGEMAKER_BIND_TO_PORT;
    if (port === undefined) throw new Error(`no container of endpoint ${endpoint} runs`);
    return Number(port);
  }

  /** Resident memory in bytes: the daemon's own, and that of all containers. */
  memory(): { readonly daemon: number; readonly containers: number } {
    return { daemon: resident(this.record.pid), containers: this.containers().reduce((sum, pid) => sum + resident(pid), 0) };
  }

  async stop(): Promise<void> {
    this.sagemaker.destroy();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, "exit");
      this.child.kill("SIGTERM");
      await exited;
    }
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  private containers(): number[] {
    const run = join(this.stateDir, "run");
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .map(Number)
      .filter((pid) => environment(pid).SAGEMAKER_BASE_DIR?.startsWith(run) === true);
  }
}

async function ready(stateDir: string, child: ChildProcess): Promise<DaemonRecord> {
  const path = join(stateDir, "daemon.json");
  for (let waited = 0; waited < startSeconds * 1_000; waited += 25) {
    if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8"));
    if (child.exitCode !== null) throw new Error(`the daemon ended with code ${child.exitCode}; its log was in ${stateDir}/logs`);
    await sleep(25);
  }
  throw new Error(`the daemon was not ready after ${startSeconds} s`);
}

function environment(pid: number): Record<string, string | undefined> {
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
  } catch {
    return {};
  }
}

function resident(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) * 1_024;
  } catch {
    return 0;
  }
}
