import type { EndpointKind } from "./model-outputs";

/** Largest request an endpoint takes, in bytes (API reference of InvokeEndpoint; guides to serverless and asynchronous endpoints). */
export const payloadLimits: Readonly<Record<EndpointKind, number>> = {
  realtime: 6 * 1024 * 1024,
  serverless: 4 * 1024 * 1024,
  async: 1024 * 1024 * 1024,
};

/** Largest input that travels inside InvokeEndpointAsync, in bytes; others lie in S3. */
export const inlineLimit = 128_000;

/** SageMaker gives the container 60 s; the answer may take a little longer to travel. */
export const defaultTimeoutMs = 70_000;

/** SageMaker gives a streamed answer 8 minutes. */
export const streamTimeoutMs = 490_000;

/** Time for an upload and its submission. */
export const submitTimeoutMs = 600_000;

/** Time for an asynchronous result: what SageMaker lets a container work on one request at most. */
export const waitTimeoutMs = 3_600_000;

/** Input objects above this size go up in parts, in bytes. */
export const partSize = 8 * 1024 * 1024;
