import type { ContainerExit } from "../containers/container-runner";

/** Seconds between SIGTERM and SIGKILL when a job is stopped. */
export const stopGraceSeconds = 120;

/** One host of a job: a container that can be started, awaited and stopped. */
export interface JobInstance {
  ended(): Promise<ContainerExit>;
  stop(graceSeconds: number): Promise<void>;
}

/** The hosts of a job as one: the first that fails, or a fault of the platform, ends them all. */
export class HostGroup<H extends JobInstance> {
  private first: { readonly host: H; readonly code: number } | undefined;
  private fault: { readonly error: unknown } | undefined;
  private grace = stopGraceSeconds;
  private ending = false;

  constructor(private readonly hosts: readonly H[]) {}

  /** Starts all hosts and waits for the end of each. Resolves to the first that failed; rejects with a fault. */
  async run(start: (host: H) => Promise<void>): Promise<{ readonly host: H; readonly code: number } | undefined> {
    await Promise.all(this.hosts.map((host) => this.runHost(host, start)));
    if (this.fault !== undefined) {
      throw this.fault.error;
    }
    return this.first;
  }

  /** A host cannot go on for a reason that lies outside of its container. */
  fail(error: unknown): void {
    this.fault ??= { error };
    this.stop(this.grace);
  }

  stop(graceSeconds: number): void {
    this.ending = true;
    this.grace = graceSeconds;
    for (const host of this.hosts) {
      void host.stop(graceSeconds);
    }
  }

  private async runHost(host: H, start: (host: H) => Promise<void>): Promise<void> {
    try {
      await start(host);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.ending) {
      // What ends the job came while this container started.
      void host.stop(this.grace);
    }
    const { code } = await host.ended();
    if (code !== 0 && this.first === undefined) {
      // The others would wait for it, or fail because it is gone: its reason is the job's.
      this.first = { host, code };
      this.stop(this.grace);
    }
  }
}
