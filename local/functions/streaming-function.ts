import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { packageRoot } from "../../tools/package-root";
import { freePort } from "../containers/free-port";
import { type ProcessRegister, signalGroup } from "../state/process-register";
import { unzip } from "./unzip";

/** Time a function has to be loaded. */
const startMilliseconds = 60_000;

export interface FunctionPlace {
  /** Folder for the function's files. */
  readonly folder: string;
  readonly logPath: string;
  readonly endpointUrl: string;
  readonly region: string;
  readonly register: ProcessRegister;
}

/** One version of a Lambda function, as a process that streams its answers. */
export class StreamingFunction {
  private child: ChildProcess | undefined;
  /** Base URL of the process, once it answers. */
  readonly url: Promise<string>;

  constructor(
    private readonly place: FunctionPlace,
    configuration: FunctionConfiguration,
    archive: Promise<Buffer>,
  ) {
    this.url = this.start(configuration, archive);
    this.url.catch(() => undefined);
  }

  /** Lets calls end that are under way; nothing new may be asked. */
  stop(): void {
    this.child?.kill("SIGTERM");
  }

  /** Ends it at once. */
  end(): void {
    if (this.child?.pid !== undefined) {
      signalGroup(this.child.pid, "SIGKILL");
      this.place.register.remove(this.child.pid);
    }
  }

  private async start(configuration: FunctionConfiguration, archive: Promise<Buffer>): Promise<string> {
    const { folder, logPath, endpointUrl, region, register } = this.place;
    for (const [name, content] of unzip(await archive)) {
      const path = resolve(folder, name);
      if (!path.startsWith(`${resolve(folder)}/`)) throw new Error(`${name} leads out of the function's folder`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
    }
    const port = await freePort();
    mkdirSync(dirname(logPath), { recursive: true });
    const output = openSync(logPath, "a");
    const child = spawn(process.execPath, [join(packageRoot(), "local", "functions", "host.cjs")], {
      cwd: folder,
      detached: true,
      stdio: ["ignore", output, output],
      env: {
        PATH: process.env.PATH,
        ...register.environment,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ENDPOINT_URL: endpointUrl,
        AWS_LAMBDA_FUNCTION_NAME: configuration.FunctionName,
        ...configuration.Environment?.Variables,
        _HANDLER: configuration.Handler,
        SLIPWAY_HOST_CODE: folder,
        SLIPWAY_HOST_PORT: String(port),
        SLIPWAY_HOST_SECONDS: String(configuration.Timeout ?? 3),
      },
    });
    closeSync(output);
    this.child = child;
    child.on("error", () => undefined);
    const { pid } = child;
    if (pid !== undefined) {
      register.add(pid);
      child.once("exit", () => register.remove(pid));
    }
    const url = `http://127.0.0.1:${port}`;
    for (const deadline = performance.now() + startMilliseconds; performance.now() < deadline; ) {
      if (child.exitCode !== null || child.signalCode !== null || pid === undefined) break;
      if (await listens(url)) return url;
      await sleep(20);
    }
    this.end();
    throw new Error(`the function ${configuration.FunctionName} did not start; its log is ${logPath}`);
  }

  /** Whether the process still runs, or is about to. */
  get alive(): boolean {
    return this.child === undefined || (this.child.exitCode === null && this.child.signalCode === null);
  }
}

async function listens(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
