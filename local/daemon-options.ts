import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { SlipwayError } from "../components/errors/slipway-error";
import type { ImageStore } from "./images/image-store";

export type RunnerChoice = "auto" | "process" | "docker";

/** Starts the Pulumi provider inside the daemon. */
export type StartProvider = (options: {
  readonly endpointUrl: string;
  readonly region: string;
  readonly account: string;
  readonly images: ImageStore;
  readonly stateDir: string;
  readonly runner: "process" | "docker";
  log(line: string): void;
}) => Promise<{ readonly port: number; stop(): Promise<void> }>;

export interface DaemonOptions {
  /** Absolute path of the folder that holds everything this daemon keeps. */
  readonly stateDir: string;
  /** Port of 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Twelve digits. */
  readonly account: string;
  /** Region of requests that are not signed for one. */
  readonly region: string;
  readonly runner: RunnerChoice;
  /** Address to listen on beside loopback, such as 0.0.0.0. @default loopback only */
  readonly host?: string;
  /** What requests from other machines must carry. @default a random one when there is a host */
  readonly token?: string;
  /** Told by the health check, so that a client can notice a daemon of another build. */
  readonly version: string;
  /** A virtual environment with ministack and uv. */
  readonly pythonTools: string;
  /** Build argument BASE_IMAGE for images built with Docker. @default the Dockerfile's own */
  readonly baseImage?: string;
  /** @default no Pulumi provider */
  readonly startProvider?: StartProvider;
}

export const defaultPort = 4566;

/** Reads the daemon's command line and environment. Throws one error that names every fault. */
export function parseDaemonOptions(argv: readonly string[], env: NodeJS.ProcessEnv): DaemonOptions {
  const faults: string[] = [];
  const values = parse(argv, faults);
  const port = Number(values.port ?? defaultPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    faults.push(`--port: got ${values.port}; allowed is a whole number from 1 to 65535, or 0 for a free port`);
  }
  const account = values.account ?? "000000000000";
  if (!/^\d{12}$/.test(account)) {
    faults.push(`--account: got ${account}; an account id has twelve digits, such as 000000000000`);
  }
  const region = values.region ?? "us-east-1";
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    faults.push(`--region: got ${region}; write a region such as us-east-1`);
  }
  const runner = values.runner ?? "auto";
  if (runner !== "auto" && runner !== "process" && runner !== "docker") {
    faults.push(`--runner: got ${runner}; allowed are auto, process and docker`);
  }
  if (values.host !== undefined && isIP(values.host) === 0) {
    faults.push(`--host: got ${values.host}; allowed is an IP address of this machine, or 0.0.0.0 for all of them`);
  }
  if (values.token !== undefined && !/^[A-Za-z0-9_-]{16,128}$/.test(values.token)) {
    faults.push("--token: not usable; allowed are 16 to 128 letters, digits, - and _");
  }
  if (values.token !== undefined && values.host === undefined) {
    faults.push("--token: given without --host; requests from this machine need none");
  }
  const pythonTools = env.SLIPWAY_PYTHON_TOOLS ?? "";
  if (pythonTools === "") {
    faults.push("SLIPWAY_PYTHON_TOOLS: not set; it names the virtual environment that has ministack and uv");
  }
  if (faults.length > 0) {
    throw new SlipwayError("SLIP-5010", `the local platform was started with faults: ${faults.join("; ")}`, { details: faults });
  }
  return {
    stateDir: resolve(values.state ?? ".slipway"),
    port,
    account,
    region,
    runner: runner as RunnerChoice,
    ...(values.host === undefined || isLoopback(values.host)
      ? {}
      : { host: values.host, token: values.token ?? randomBytes(24).toString("base64url") }),
    version: values.version ?? "unknown",
    pythonTools,
    ...(env.SLIPWAY_BASE_IMAGE === undefined || env.SLIPWAY_BASE_IMAGE === "" ? {} : { baseImage: env.SLIPWAY_BASE_IMAGE }),
  };
}

type Values = Partial<Record<"state" | "port" | "account" | "region" | "runner" | "host" | "token" | "version", string>>;

function parse(argv: readonly string[], faults: string[]): Values {
  const option = { type: "string" } as const;
  const shared = { state: option, port: option, account: option, region: option };
  const options = { ...shared, runner: option, host: option, token: option, version: option };
  try {
    return parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
    return {};
  }
}

/** Those are listened on anyway, and need no token. */
function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
