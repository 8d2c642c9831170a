import { get } from "node:http";
import type { CreateTransformJobCommandInput } from "@aws-sdk/client-sagemaker";

const megabyte = 1024 * 1024;

/** AWS's defaults for what neither the job nor the container says. */
const defaultPayloadMegabytes = 6;

/** What one record may have when the job sets no limit. */
const largestPayloadMegabytes = 100;

const answerMilliseconds = 2_000;

/** How a job's requests are made: what the job says, else what the container says under `/execution-parameters`, else AWS's defaults. */
export interface TransformSettings {
  readonly maxConcurrentTransforms: number;
  /** Of one request in bytes; `undefined` for no limit, when a whole object may be sent as a stream. */
  readonly maxPayloadBytes: number | undefined;
  /** Of one record in bytes. */
  readonly maxRecordBytes: number;
  readonly singleRecord: boolean;
}

interface ExecutionParameters {
  readonly MaxConcurrentTransforms?: number;
  readonly MaxPayloadInMB?: number;
  readonly BatchStrategy?: string;
}

export function transformSettings(request: CreateTransformJobCommandInput, parameters: ExecutionParameters): TransformSettings {
  const megabytes = request.MaxPayloadInMB ?? parameters.MaxPayloadInMB ?? defaultPayloadMegabytes;
  // Zero asks for the container's own number, as leaving it out does.
  const asked = request.MaxConcurrentTransforms ?? 0;
  const strategy = request.BatchStrategy ?? parameters.BatchStrategy ?? "MultiRecord";
  return {
    maxConcurrentTransforms: Math.max(1, asked === 0 ? (parameters.MaxConcurrentTransforms ?? 1) : asked),
    maxPayloadBytes: megabytes === 0 ? undefined : megabytes * megabyte,
    maxRecordBytes: (megabytes === 0 ? largestPayloadMegabytes : megabytes) * megabyte,
    singleRecord: strategy === "SingleRecord" || strategy === "SINGLE_RECORD",
  };
}

/** The variables that tell a container that it serves a transform job, and how. */
export function transformEnvironment(request: CreateTransformJobCommandInput): Record<string, string> {
  const { MaxPayloadInMB, BatchStrategy, MaxConcurrentTransforms } = request;
  return {
    SAGEMAKER_BATCH: "true",
    ...(MaxPayloadInMB === undefined ? {} : { SAGEMAKER_MAX_PAYLOAD_IN_MB: String(MaxPayloadInMB) }),
    ...(BatchStrategy === undefined
      ? {}
      : { SAGEMAKER_BATCH_STRATEGY: BatchStrategy === "SingleRecord" ? "SINGLE_RECORD" : "MULTI_RECORD" }),
    ...(MaxConcurrentTransforms === undefined ? {} : { SAGEMAKER_MAX_CONCURRENT_TRANSFORMS: String(MaxConcurrentTransforms) }),
  };
}

/** What a container says of itself; nothing when it does not know the path, or answers with something else. */
export async function executionParameters(url: string): Promise<ExecutionParameters> {
  const text = await fetchText(`${url}/execution-parameters`);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) {
      return {};
    }
    const members = new Map(Object.entries(value));
    const whole = (name: string): number | undefined => {
      const found: unknown = members.get(name);
      return typeof found === "number" && Number.isInteger(found) && found >= 0 ? found : undefined;
    };
    const [concurrent, payload, strategy] = [whole("MaxConcurrentTransforms"), whole("MaxPayloadInMB"), members.get("BatchStrategy")];
    return {
      ...(concurrent === undefined ? {} : { MaxConcurrentTransforms: concurrent }),
      ...(payload === undefined ? {} : { MaxPayloadInMB: payload }),
      ...(typeof strategy === "string" ? { BatchStrategy: strategy } : {}),
    };
  } catch {
    return {};
  }
}

function fetchText(url: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: answerMilliseconds, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString("utf8") : ""));
      response.on("error", () => resolve(""));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(""));
  });
}
