import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SlipwayError } from "../../components/errors/slipway-error";
import { packageRoot } from "../../tools/package-root";
import { freePort } from "../containers/free-port";
import { type ProcessRegister, signalGroup } from "../state/process-register";

/** Time to answer its first health check, and to save and end after SIGTERM. */
const startMilliseconds = 60_000;
const stopMilliseconds = 10_000;

/** How soon after the last changing request its state is written. */
const saveDelayMilliseconds = 1_000;

/** A MiniStack that dies is started again; after so many times in a row without a healthy minute it is given up. */
const maxRestarts = 5;
const healthyMilliseconds = 60_000;

export interface MiniStackOptions {
  /** A virtual environment that has ministack installed. */
  readonly toolsDir: string;
  readonly stateDir: string;
  /** The port clients use: the front's. */
  readonly frontPort: number;
  readonly region: string;
  readonly account: string;
  readonly register: ProcessRegister;
  readonly log: (line: string) => void;
}

/** The services around SageMaker (S3, Lambda, API Gateway, logs, IAM, …): a MiniStack process on a loopback port of its own. */
export class MiniStack {
  /** Keeps connections open between requests; below MiniStack's own limit of 75 s, so that it never closes first. */
  readonly agent = new Agent({ keepAlive: true, timeout: 60_000 });
  private child: ChildProcess | undefined;
  /** The child once it answers: before that, the signal to write the state would end it. */
  private ready: ChildProcess | undefined;
  private address: Promise<string>;
  private stopping = false;
  private restarts = 0;
  private saveTimer: NodeJS.Timeout | undefined;

  private constructor(private readonly options: MiniStackOptions) {
    this.address = this.launch();
  }

  /** Starts it; `url` resolves when it answers. */
  static start(options: MiniStackOptions): MiniStack {
    const started = new MiniStack(options);
    started.address.catch(() => undefined);
    return started;
  }

  /** Base URL such as `http://127.0.0.1:40001`, once it answers; one that ends is started again. Rejects when it cannot be started. */
  async url(): Promise<string> {
    for (;;) {
      const address = this.address;
      try {
        return await address;
      } catch (error) {
        // It ended while it started, and a further start is under way.
        if (this.address === address) {
          throw error;
        }
      }
    }
  }

  /** Something was changed through the front: have the state written soon, once for many changes. */
  changed(): void {
    this.saveTimer ??= setTimeout(() => {
      this.saveTimer = undefined;
      this.ready?.kill("SIGUSR1");
    }, saveDelayMilliseconds);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.saveTimer);
    this.agent.destroy();
    const child = this.child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      return;
    }
    const { pid } = child;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), stopMilliseconds);
    await exited;
    clearTimeout(timer);
    // Function workers it started are in its group.
    signalGroup(pid, "SIGKILL");
    this.options.register.remove(pid);
  }

  private async launch(): Promise<string> {
    const { toolsDir, stateDir, log, register } = this.options;
    const python = join(toolsDir, "bin", "python");
    const logPath = join(stateDir, "logs", "ministack.log");
    if (!existsSync(python)) {
      throw new SlipwayError("SLIP-5004", `the Python tools are not in ${toolsDir}`);
    }
    mkdirSync(join(stateDir, "ministack", "state"), { recursive: true });
    mkdirSync(join(stateDir, "ministack", "tmp"), { recursive: true });
    mkdirSync(join(stateDir, "logs"), { recursive: true });
    const port = await freePort();
    const output = openSync(logPath, "a");
    const child = spawn(python, [join(packageRoot(), "local", "ministack", "launch.py"), String(port)], {
      cwd: join(stateDir, "ministack"),
      detached: true,
      stdio: ["ignore", output, output],
      env: { ...withoutAwsSettings(process.env), ...this.environment() },
    });
    closeSync(output);
    this.child = child;
    if (child.pid !== undefined) {
      register.add(child.pid);
    }
    const startedAt = performance.now();
    child.once("exit", (code, signal) => this.ended(child, startedAt, `exit code ${code ?? signal}`));
    child.once("error", (error) => this.ended(child, startedAt, String(error)));
    const url = `http://127.0.0.1:${port}`;
    while (performance.now() - startedAt < startMilliseconds) {
      if (this.stopping || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
        throw new SlipwayError("SLIP-5004", `MiniStack ended while starting; its log is ${logPath}`);
      }
      if (await answers(`${url}/_ministack/health`)) {
        this.ready = child;
        log(`MiniStack answers on port ${port} after ${Math.round(performance.now() - startedAt)} ms (process ${child.pid})`);
        return url;
      }
      await sleep(25);
    }
    signalGroup(child.pid ?? 0, "SIGKILL");
    throw new SlipwayError("SLIP-5004", `MiniStack did not answer within ${startMilliseconds / 1_000} s; its log is ${logPath}`);
  }

  private ended(child: ChildProcess, startedAt: number, how: string): void {
    if (child.pid !== undefined) {
      signalGroup(child.pid, "SIGKILL");
      this.options.register.remove(child.pid);
    }
    this.ready = undefined;
    if (this.stopping || this.child !== child) {
      return;
    }
    this.restarts = performance.now() - startedAt > healthyMilliseconds ? 1 : this.restarts + 1;
    const willRestart = this.restarts <= maxRestarts;
    this.options.log(`MiniStack ended (${how}); ${willRestart ? "starting it again" : `given up after ${maxRestarts} restarts`}`);
    if (willRestart) {
      // Requests that come meanwhile wait for this address.
      this.address = sleep(100 * this.restarts).then(() => this.launch());
      this.address.catch(() => undefined);
    }
  }

  private environment(): Record<string, string> {
    const { stateDir, frontPort, region, account, register } = this.options;
    return {
      ...register.environment,
      GATEWAY_PORT: String(frontPort),
      AWS_ENDPOINT_URL: `http://localhost:${frontPort}`,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_DEFAULT_REGION: region,
      AWS_REGION: region,
      MINISTACK_REGION: region,
      MINISTACK_ACCOUNT_ID: account,
      PERSIST_STATE: "1",
      STATE_DIR: join(stateDir, "ministack", "state"),
      S3_PERSIST: "1",
      S3_DATA_DIR: join(stateDir, "ministack", "s3"),
      TMPDIR: join(stateDir, "ministack", "tmp"),
      SFTP_ENABLED: "0",
      IOT_MTLS_ENABLED: "0",
      PYTHONUNBUFFERED: "1",
    };
  }
}

/** The user's own AWS settings must not reach functions run locally: a profile, say, wins over the test credentials. */
function withoutAwsSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("AWS_")));
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
