import { Agent } from "node:http";
import { type Answer, invoke, type NoAnswer } from "./ask";
import type { Sample } from "./feed";

export const requestsAtOnce = 8;

/** Several requests at once, on connections that are kept for the next ones; none at all without a sample. */
export class Burst {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: requestsAtOnce });

  constructor(
    private readonly url: string | undefined,
    private readonly sample: Sample | undefined,
  ) {}

  /** Resolves when every request has been handed to the network whole, or is answered. */
  async send(timeoutSeconds: number): Promise<{ readonly answers: Promise<readonly (Answer | NoAnswer)[]> }> {
    const { sample } = this;
    const requests = sample === undefined ? [] : Array.from({ length: requestsAtOnce }, () => this.request(sample, timeoutSeconds));
    await Promise.all(requests.map(({ sent }) => sent));
    return { answers: Promise.all(requests.map(({ answer }) => answer)) };
  }

  close(): void {
    this.agent.destroy();
  }

  private request(sample: Sample, timeoutSeconds: number): { answer: Promise<Answer | NoAnswer>; sent: Promise<void> } {
    let markSent = (): void => undefined;
    const written = new Promise<void>((resolve) => {
      markSent = resolve;
    });
    const answer = invoke(this.url, sample, timeoutSeconds * 1_000, { agent: this.agent, onSent: markSent });
    return { answer, sent: Promise.race([written, answer.then(() => undefined)]) };
  }
}
