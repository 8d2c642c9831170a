import { Agent, request as httpRequest } from "node:http";
import type { DataCapture } from "./data-capture";
import type { LiveVariant } from "./live-variant";
import type { ObservedRequest } from "./observed-request";

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

  private async send(shadow: LiveVariant, { headers, body, container }: ObservedRequest): Promise<void> {
    const invocation = await shadow.admit(undefined, container);
    let answered = false;
    try {
      let [given, input] = [headers, body];
      for (const { url } of [invocation, ...invocation.rest].slice(0, -1)) {
        const chunks: Buffer[] = [];
        const answer = await this.post(url, given, input, (chunk) => chunks.push(chunk));
        given = answer.type === undefined ? headers : { ...headers, "content-type": answer.type };
        input = Buffer.concat(chunks);
        if (!answer.good) {
          return;
        }
      }
      const observer = this.capture?.begin({ variant: shadow, headers, body });
      const last = invocation.rest.at(-1) ?? invocation;
      const answer = await this.post(last.url, given, input, (chunk) => observer?.chunk(chunk));
      if (answer.good) {
        observer?.end(answer.type ?? "application/octet-stream");
      }
      answered = true;
    } finally {
      invocation.end(answered ? "answered" : "failed");
    }
  }

  private post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    onChunk: (chunk: Buffer) => void,
  ): Promise<{ readonly good: boolean; readonly type: string | undefined }> {
    return new Promise((resolve, reject) => {
      const given = { ...headers, "content-length": body.length };
      const request = httpRequest(`${url}/invocations`, { method: "POST", agent: this.agent, headers: given });
      const timer = setTimeout(() => request.destroy(new Error("timed out")), shadowMilliseconds);
      request.on("error", reject);
      request.on("response", (response) => {
        const good = response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300;
        response.on("data", onChunk);
        response.on("end", () => resolve({ good, type: response.headers["content-type"] }));
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
