import type { DaemonRecord } from "./record";

/** Answer of `GET /_slipway/health`. */
export interface Health {
  readonly status: string;
  readonly version: string;
  readonly pid: number;
}

export interface EndpointStatus {
  readonly name: string;
  readonly arn: string;
  readonly status: string;
  readonly kind: string;
  readonly failureReason?: string;
  readonly config: string;
  readonly image: string;
  readonly instances: number;
  readonly lastInvocation?: { readonly status: number; readonly milliseconds: number; readonly at: string };
}

export interface TrainingJobStatus {
  readonly name: string;
  readonly status: string;
  readonly secondaryStatus: string;
  readonly failureReason?: string;
  readonly createdAt: string;
  readonly endedAt?: string;
}

/** Answer of `GET /_slipway/status`. */
export interface DaemonStatus {
  readonly port: number;
  readonly endpointUrl: string;
  readonly consoleUrl?: string;
  readonly region: string;
  readonly account: string;
  readonly runner: string;
  readonly stateDir: string;
  readonly startedAt: string;
  readonly endpoints: readonly EndpointStatus[];
  readonly trainingJobs: readonly TrainingJobStatus[];
}

/** Health of whatever listens on the port; undefined when it is not a Slipway daemon or does not answer in time (milliseconds). */
export async function healthOf(port: number, timeout = 2_000): Promise<Health | undefined> {
  const health = await get(port, "health", timeout);
  return typeof health === "object" && health !== null && "pid" in health && "version" in health ? (health as Health) : undefined;
}

export async function statusOf(port: number, timeout = 5_000): Promise<DaemonStatus | undefined> {
  const status = await get(port, "status", timeout);
  return typeof status === "object" && status !== null && "endpoints" in status ? (status as DaemonStatus) : undefined;
}

/** Asks the daemon to stop; false when it did not take the request. */
export async function requestShutdown(port: number): Promise<boolean> {
  try {
    const response = await fetch(adminUrl(port, "shutdown"), { method: "POST", signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Sends a command to the daemon: its answer, or `undefined` when it does not answer within a minute. */
export async function command(
  port: number,
  path: string,
): Promise<{ readonly ok: boolean; readonly body: Record<string, unknown> } | undefined> {
  try {
    const response = await fetch(adminUrl(port, path), { method: "POST", signal: AbortSignal.timeout(60_000) });
    const body: unknown = await response.json();
    return { ok: response.ok, body: typeof body === "object" && body !== null ? { ...body } : {} };
  } catch {
    return undefined;
  }
}

/** The running daemon of a record; undefined when the port is dead, which is told at once, or belongs to another process. One on a busy machine may be slow. */
export async function runningDaemon(record: DaemonRecord | undefined): Promise<Health | undefined> {
  if (record === undefined) return undefined;
  const health = await healthOf(record.port, 10_000);
  return health?.pid === record.pid ? health : undefined;
}

async function get(port: number, what: string, timeout: number): Promise<unknown> {
  try {
    const response = await fetch(adminUrl(port, what), { signal: AbortSignal.timeout(timeout) });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

function adminUrl(port: number, what: string): string {
  return `http://127.0.0.1:${port}/_slipway/${what}`;
}
