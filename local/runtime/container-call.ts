import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { finished, type Readable } from "node:stream";
import { endWith } from "./small-body";

/**
 * An idle connection to a container is closed after this. Servers close theirs after 2 s and more; being first means that no
 * request meets a connection that is just being closed, and none ever has to be sent twice.
 */
const idleMilliseconds = 1_000;

/** The most that a container may send as headers, in bytes. */
const maxHeaderBytes = 4_096;

/** Bytes of an answer that wait for their reader; when there are more, the container waits. */
const maxWaitingBytes = 262_144;

/** Addresses that are remembered. */
const mostAddresses = 1_000;

/** As streams call what ends before it is whole. */
const prematureClose = Object.assign(new Error("Premature close"), { code: "ERR_STREAM_PREMATURE_CLOSE" });

/** The most of an error's body that is read. */
const maxErrorBytes = 64 * 1_024;

/** Why a container gave no whole answer. Only `refused` means that it never saw the request. */
export type FailureKind = "refused" | "timeout" | "broken" | "headers" | "oversize" | "cancelled";

export class ContainerFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message);
    this.name = "ContainerFailure";
  }
}

export interface ContainerRequest {
  /** Base URL of the container. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | Readable;
  /** Length of the body. */
  readonly bytes: number;
  /** The whole answer must have come within this. */
  readonly milliseconds: number;
}

/** Connections differ in where they lead only; what else an agent looks at, with every request, is the same for all of them. */
class ContainerAgent extends Agent {
  override getName({ host, port }: { readonly host?: string | undefined; readonly port?: number | string | undefined } = {}): string {
    return `${host}:${port}`;
  }
}

/** Where a container listens, by its base URL: parsed once. */
class Addresses {
  private readonly known = new Map<string, { readonly host: string; readonly port: string }>();

  of(url: string): { readonly host: string; readonly port: string } {
    let address = this.known.get(url);
    if (address === undefined) {
      const { hostname, port } = new URL(url);
      address = { host: hostname.replace(/^\[|\]$/g, ""), port };
      // Each start of a container has a port of its own.
      if (this.known.size >= mostAddresses) {
        this.known.clear();
      }
      this.known.set(url, address);
    }
    return address;
  }
}

/** Calls `/invocations` of containers, over connections that are kept. */
export class ContainerClient {
  private readonly agent = new ContainerAgent({ keepAlive: true, maxFreeSockets: 256, noDelay: true, timeout: idleMilliseconds });
  private readonly addresses = new Addresses();

  call(request: ContainerRequest): ContainerCall {
    return new ContainerCall(request, this.addresses.of(request.url), this.agent);
  }

  close(): void {
    this.agent.destroy();
  }
}

/** One request to a container, from its first byte to the last of the answer. Every failure is a `ContainerFailure`. */
export class ContainerCall {
  /** The head of the answer, its body not yet read. */
  readonly answer: Promise<IncomingMessage>;
  private readonly startedAt = performance.now();
  private endedAt: number | undefined;
  private readonly outgoing: ClientRequest;
  private readonly timer: NodeJS.Timeout;
  private connected = false;
  private failure: ContainerFailure | undefined;
  private refuse: (failure: ContainerFailure) => void = () => undefined;

  constructor(request: ContainerRequest, address: { readonly host: string; readonly port: string }, agent: Agent) {
    this.outgoing = httpRequest({
      ...address,
      path: "/invocations",
      method: "POST",
      agent,
      headers: { ...request.headers, "content-length": request.bytes },
    });
    this.timer = setTimeout(() => this.abort("timeout", "the time for an answer is over"), request.milliseconds);
    this.answer = new Promise((resolve, reject) => {
      this.refuse = reject;
      this.outgoing.on("error", (error) => {
        clearTimeout(this.timer);
        reject(this.failureOf(error));
      });
      this.outgoing.on("response", (incoming) => {
        incoming.once("close", () => {
          clearTimeout(this.timer);
          this.endedAt = performance.now();
        });
        // Whoever reads is told by the iteration; when nobody reads any more, there is nobody to tell.
        incoming.on("error", () => undefined);
        if (headerBytes(incoming) > maxHeaderBytes) {
          this.abort("headers", `the headers are longer than ${maxHeaderBytes} bytes`);
          return;
        }
        resolve(incoming);
      });
    });
    // Whoever waits for the answer is told; a call that is cancelled before anybody waits is no fault.
    this.answer.catch(() => undefined);
    this.outgoing.on("socket", (socket) => {
      // A kept connection is connected already, and would gather a listener with every request.
      this.connected ||= !socket.connecting;
      if (socket.connecting) {
        socket.once("connect", () => {
          this.connected = true;
        });
      }
    });
    this.send(request.body);
  }

  /** How long the container has had the request, until it had answered. */
  get elapsed(): number {
    return (this.endedAt ?? performance.now()) - this.startedAt;
  }

  /** The body of the answer. Rejects when it is longer than `limit` bytes. */
  async read(limit: number): Promise<Buffer> {
    const incoming = await this.answer;
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > limit) {
          this.abort("oversize", `the answer is longer than ${limit} bytes`);
          reject(this.failureOf(undefined));
        }
      });
      incoming.on("end", () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
      const broken = (error?: Error): void => {
        if (!incoming.complete) {
          reject(this.failureOf(error ?? prematureClose));
        }
      };
      incoming.on("error", broken);
      incoming.on("close", broken);
      if (incoming.destroyed) {
        broken();
      }
    });
  }

  /** The beginning of an error's body as text; what came of it when the rest does not. */
  async readError(): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of this.chunks(await this.answer)) {
        if (size < maxErrorBytes) {
          chunks.push(chunk.subarray(0, maxErrorBytes - size));
        }
        size += chunk.length;
      }
    } catch {
      // The status has come, and that is what counts.
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  /** The body of the answer as it comes. What the container sent before it broke off is given before the failure. */
  async *chunks(incoming: IncomingMessage): AsyncGenerator<Buffer> {
    // Not the stream's own iteration, which forgets what it has not yet given when the connection breaks.
    const queue: Buffer[] = [];
    let waiting = 0;
    let over: { readonly error?: Error } | undefined;
    let wake: () => void = () => undefined;
    incoming.on("data", (chunk: Buffer) => {
      queue.push(chunk);
      waiting += chunk.length;
      if (waiting >= maxWaitingBytes) {
        incoming.pause();
      }
      wake();
    });
    finished(incoming, (error) => {
      over = error === null || error === undefined ? {} : { error };
      wake();
    });
    for (;;) {
      const chunk = queue.shift();
      if (chunk !== undefined) {
        yield chunk;
        waiting -= chunk.length;
        incoming.resume();
      } else if (over === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (over.error === undefined) {
        return;
      } else {
        throw this.failureOf(over.error);
      }
    }
  }

  /** Ends the call; the container sees its connection close. */
  cancel(): void {
    this.abort("cancelled", "the call was cancelled");
  }

  private send(body: Buffer | Readable): void {
    if (Buffer.isBuffer(body)) {
      endWith(this.outgoing, body);
      return;
    }
    body.on("error", (error) => this.abort("cancelled", `the request could not be read: ${error.message}`));
    this.outgoing.once("close", () => body.destroy());
    body.pipe(this.outgoing);
  }

  private abort(kind: FailureKind, message: string): void {
    this.failure ??= new ContainerFailure(kind, message);
    // Without the error: between two requests a kept connection has no listener for one, and it would end the process.
    this.outgoing.destroy();
    this.refuse(this.failure);
  }

  private failureOf(error: unknown): ContainerFailure {
    if (this.failure === undefined) {
      const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
      if (code === "HPE_HEADER_OVERFLOW") {
        this.failure = new ContainerFailure("headers", `the headers are longer than ${maxHeaderBytes} bytes`);
      } else {
        this.failure = this.connected
          ? new ContainerFailure("broken", `the container ended the connection without a whole answer (${code})`)
          : new ContainerFailure("refused", `the container accepted no connection (${code})`);
      }
    }
    return this.failure;
  }
}

function headerBytes({ rawHeaders }: IncomingMessage): number {
  // Each pair is "name: value" and a line end.
  let sum = rawHeaders.length * 2;
  for (const text of rawHeaders) {
    sum += text.length;
  }
  return sum;
}
