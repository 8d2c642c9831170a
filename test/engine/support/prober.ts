import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { expect } from "vitest";
import type { LocalAws } from "./local-aws";

/** What callers of an endpoint have seen so far. */
export interface Seen {
  /** Questions that were answered with 200 and a right answer. */
  readonly answers: number;
  /** All others. */
  readonly failed: number;
  /** The first of them: when, and with what status and body or error. */
  readonly failures: readonly string[];
}

export interface Probed {
  /** Asked by POST. */
  readonly url: string;
  /** JSON. */
  readonly question: unknown;
  /** Right answers; a retrained model may have another one. */
  readonly right: readonly unknown[];
  /** @default 2 */
  readonly callers?: number;
}

/** Callers that ask one address steadily, in a process of their own, whatever is done to it meanwhile. That ends with this process at the latest. */
export class Prober {
  private constructor(private readonly process: ChildProcess) {}

  /** Resolves when the first question was answered. */
  static async start({ url, question, right, callers = 2 }: Probed): Promise<Prober> {
    const asked = { url, body: JSON.stringify(question), right: right.map((each) => JSON.stringify(each)), callers };
    const prober = new Prober(fork(join(__dirname, "prober-process.cjs"), [JSON.stringify(asked)], { stdio: "inherit", execArgv: [] }));
    await prober.more(1);
    return prober;
  }

  seen(): Promise<Seen> {
    return this.report("seen");
  }

  /** Waits for so many questions to be asked and answered, rightly or not. */
  async more(count: number): Promise<void> {
    const before = await this.seen();
    for (;;) {
      const now = await this.seen();
      if (now.answers + now.failed >= before.answers + before.failed + count) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Asks no more, and tells all that was seen once the last question is answered. */
  async stop(): Promise<Seen> {
    const seen = await this.report("stop");
    this.end();
    return seen;
  }

  /** Asks no more; each of at least so many questions was answered rightly. */
  async expectAnswered(least = 20): Promise<void> {
    const { answers, failed, failures } = await this.stop();
    expect(failures, `${failed} of ${answers + failed} questions`).toEqual([]);
    expect(answers).toBeGreaterThanOrEqual(least);
  }

  /** For `afterAll`: at once, and as often as one likes. */
  end(): void {
    if (this.process.connected) this.process.disconnect();
  }

  private report(message: "seen" | "stop"): Promise<Seen> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error("the prober's process has ended"));
      this.process.once("exit", gone);
      this.process.once("message", (seen) => {
        this.process.off("exit", gone);
        resolve(seen as Seen);
      });
      this.process.send(message);
    });
  }
}

/** An endpoint's own address. */
export function invocationsOf({ endpointUrl }: LocalAws, endpointName: string): string {
  return `${endpointUrl}/endpoints/${endpointName}/invocations`;
}
