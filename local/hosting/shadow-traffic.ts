import { Agent, request as httpRequest } from "node:http";
import type { DataCapture } from "./data-capture";
import type { LiveVariant } from "./live-variant";
import type { AnswerObserver, ObservedRequest } from "./observed-request";

/** As long as an invocation may take. */
const shadowMilliseconds = 60_000;

/** Copies under way at most; further ones are not made, so that a slow shadow cannot fill the daemon's memory. */
const mostCopies = 64;

/** Idle connections close before the container's server would close them. */
const idleMilliseconds = 1_000;

/**
 * Sends copies of requests to the shadow variants. A shadow gets the share of the production variant's requests that its weight is of the
 * production variant's weight, all of them from equal weights on. Nobody waits for a shadow, and nobody sees what becomes of a copy.
 */
export class ShadowTraffic {
  private readonly agent = new Agent({ keepAlive: true, noDelay: true, timeout: idleMilliseconds });
  private copies = 0;

  constructor(
    private readonly variants: readonly LiveVariant[],
    private readonly shadows: readonly LiveVariant[],
    private readonly capture: DataCapture | undefined,
  ) {}

  mirror(request: ObservedRequest): void {
    for (const shadow of this.shadows) {
      const weight = this.variants.reduce((sum, variant) => sum + variant.weight, 0);
      if (this.copies < mostCopies && Math.random() * weight < shadow.weight) {
        this.copies++;
        void this.send(shadow, request)
          .catch(() => undefined)
          .finally(() => {
            this.copies--;
          });
      }
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async send(shadow: LiveVariant, { headers, body }: ObservedRequest): Promise<void> {
    const invocation = await shadow.admit();
    let answered = false;
    try {
      await this.post(`${invocation.url}/invocations`, headers, body, this.capture?.begin({ variant: shadow, headers, body }));
      answered = true;
    } finally {
      invocation.end(answered ? "answered" : "failed");
    }
  }

  private post(url: string, headers: Readonly<Record<string, string>>, body: Buffer, observer: AnswerObserver | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(url, { method: "POST", agent: this.agent, headers: { ...headers, "content-length": body.length } });
      const timer = setTimeout(() => request.destroy(new Error("timed out")), shadowMilliseconds);
      request.on("error", reject);
      request.on("response", (response) => {
        const good = response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300;
        response.on("data", (chunk: Buffer) => {
          if (good) {
            observer?.chunk(chunk);
          }
        });
        response.on("end", () => {
          if (good) {
            observer?.end(response.headers["content-type"] ?? "application/octet-stream");
          }
          resolve();
        });
        response.on("error", reject);
      });
      request.on("close", () => {
        clearTimeout(timer);
        reject(new Error("the connection was closed"));
      });
      request.end(body);
    });
  }
}
