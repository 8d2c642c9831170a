import type { LiveVariant } from "../hosting/live-variant";

/** What AWS allows, in bytes and milliseconds. Tests shorten the times. */
export interface RuntimeLimits {
  /** A request to, and an answer of, an instance. */
  readonly bodyBytes: number;
  /** The same of a serverless variant. */
  readonly serverlessBodyBytes: number;
  /** The inline body of an asynchronous request. */
  readonly asyncBodyBytes: number;
  /** The input object of an asynchronous request. */
  readonly asyncInputBytes: number;
  /** Time for a whole answer. */
  readonly invocationMilliseconds: number;
  /** Time for a serverless container to start while a request waits: less than the minute after which clients give up. */
  readonly coldStartMilliseconds: number;
  /** Time for the last byte of a streamed answer. */
  readonly streamMilliseconds: number;
}

export const awsLimits: RuntimeLimits = {
  bodyBytes: 6_291_456,
  serverlessBodyBytes: 4_194_304,
  asyncBodyBytes: 128_000,
  asyncInputBytes: 1_073_741_824,
  invocationMilliseconds: 60_000,
  coldStartMilliseconds: 50_000,
  streamMilliseconds: 480_000,
};

export function bodyLimit(variant: LiveVariant, limits: RuntimeLimits): number {
  return variant.serverless ? limits.serverlessBodyBytes : limits.bodyBytes;
}
