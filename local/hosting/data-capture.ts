import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { DataCaptureConfig } from "@aws-sdk/client-sagemaker";
import type { HostingServices } from "./hosting-services";
import type { AnswerObserver, ObservedRequest } from "./observed-request";

/** An answer beyond this is not captured: it would have to be held in memory whole. As large as a request may be. */
const maxAnswerBytes = 6_291_456;

/** Captured bytes that wait to be written at most; what is beyond is dropped and logged. */
const maxWaitingBytes = 64 * 1_024 * 1_024;

type Encoding = "CSV" | "JSON" | "BASE64";

interface CapturedData {
  readonly observedContentType: string;
  readonly mode: "INPUT" | "OUTPUT";
  readonly data: string;
  readonly encoding: Encoding;
}

/** Lines that go into one object. */
interface Batch {
  readonly lines: string[];
  bytes: number;
}

/**
 * Records a share of the requests and answers of an endpoint as JSON Lines in S3, as AWS lays them out. It only ever keeps bytes that pass
 * by; writing happens later, and a failure to write is a line in the log.
 */
export class DataCapture {
  /** By variant and hour: `<variant>/yyyy/mm/dd/hh`. */
  private readonly batches = new Map<string, Batch>();
  private readonly modes: ReadonlySet<string>;
  private readonly encodings = new Map<string, Encoding>();
  private readonly writes = new Set<Promise<void>>();
  private waitingBytes = 0;
  private dropped = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly config: DataCaptureConfig,
    private readonly endpoint: string,
    private readonly services: Pick<HostingServices, "storage" | "settings" | "log">,
  ) {
    this.modes = new Set((config.CaptureOptions ?? []).map(({ CaptureMode }) => CaptureMode ?? ""));
    for (const type of config.CaptureContentTypeHeader?.CsvContentTypes ?? []) this.encodings.set(type.toLowerCase(), "CSV");
    for (const type of config.CaptureContentTypeHeader?.JsonContentTypes ?? []) this.encodings.set(type.toLowerCase(), "JSON");
  }

  /** Draws whether a request is captured; if so, its answer is wanted. Answers that are errors never end, and are not captured. */
  begin(request: ObservedRequest): AnswerObserver | undefined {
    if (Math.random() * 100 >= (this.config.InitialSamplingPercentage ?? 0)) {
      return undefined;
    }
    const startedAt = new Date();
    const wanted = this.modes.has("Output") || this.modes.has("InputAndOutput");
    const chunks: Buffer[] = [];
    let size = 0;
    return {
      chunk: (bytes) => {
        size += bytes.length;
        if (wanted && size <= maxAnswerBytes) {
          chunks.push(bytes);
        }
      },
      end: (contentType) => {
        if (!wanted || size <= maxAnswerBytes) {
          this.record(request, startedAt, { contentType, body: Buffer.concat(chunks) });
        }
      },
    };
  }

  /** Resolves when what was captured so far is in S3, or was given up. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const place of [...this.batches.keys()]) {
      this.write(place);
    }
    await Promise.all(this.writes);
  }

  async close(): Promise<void> {
    await this.flush();
  }

  private record({ variant, headers, body }: ObservedRequest, at: Date, answer: { contentType: string; body: Buffer }): void {
    if (this.waitingBytes + body.length + answer.body.length > maxWaitingBytes) {
      if (this.dropped++ === 0) {
        this.services.log(
          `data capture of endpoint ${this.endpoint} falls behind: requests are not captured until S3 has taken what waits`,
        );
      }
      return;
    }
    this.dropped = 0;
    const input = this.modes.has("Input") || this.modes.has("InputAndOutput");
    const output = this.modes.has("Output") || this.modes.has("InputAndOutput");
    const attributes = headers["x-amzn-sagemaker-custom-attributes"];
    const inferenceId = headers["x-amzn-sagemaker-inference-id"];
    const line = JSON.stringify({
      captureData: {
        ...(input ? { endpointInput: this.data("INPUT", headers["content-type"] ?? "application/octet-stream", body) } : {}),
        ...(output ? { endpointOutput: this.data("OUTPUT", answer.contentType, answer.body) } : {}),
      },
      eventMetadata: {
        eventId: randomUUID(),
        ...(attributes === undefined ? {} : { customAttributes: [attributes] }),
        ...(inferenceId === undefined ? {} : { inferenceId }),
        inferenceTime: at.toISOString().replace(/\.\d+Z$/, "Z"),
      },
      eventVersion: "0",
    });
    this.add(`${variant.name}/${at.toISOString().slice(0, 13).replace(/[-T]/g, "/")}`, line);
  }

  private data(mode: CapturedData["mode"], contentType: string, body: Buffer): CapturedData {
    const encoding = this.encodings.get((contentType.split(";")[0] ?? "").trim().toLowerCase()) ?? "BASE64";
    return { observedContentType: contentType, mode, data: body.toString(encoding === "BASE64" ? "base64" : "utf8"), encoding };
  }

  private add(place: string, line: string): void {
    const batch = this.batches.get(place) ?? { lines: [], bytes: 0 };
    this.batches.set(place, batch);
    batch.lines.push(line);
    batch.bytes += line.length;
    this.waitingBytes += line.length;
    if (batch.bytes >= this.services.settings.captureBytes) {
      this.write(place);
    } else if (this.timer === undefined) {
      this.timer = setTimeout(() => void this.flush(), this.services.settings.captureFlush);
      this.timer.unref();
    }
  }

  private write(place: string): void {
    const batch = this.batches.get(place);
    this.batches.delete(place);
    if (batch === undefined) {
      return;
    }
    const time = new Date().toISOString().slice(14, 23).replace(/[:.]/g, "-");
    const uri = `${(this.config.DestinationS3Uri ?? "").replace(/\/+$/, "")}/${this.endpoint}/${place}/${time}-${randomUUID()}.jsonl`;
    const written: Promise<void> = this.services.storage
      .write(uri, Readable.from([Buffer.from(`${batch.lines.join("\n")}\n`)]), { kmsKeyId: this.config.KmsKeyId })
      .catch((error: unknown) => this.services.log(`${batch.lines.length} captured requests were not written to ${uri}: ${String(error)}`))
      .finally(() => {
        this.waitingBytes -= batch.bytes;
        this.writes.delete(written);
      });
    this.writes.add(written);
  }
}
