import type { EndpointKind } from "./model-outputs";

/** Largest request an endpoint takes while the caller waits, in bytes (API reference of InvokeEndpoint; guide to serverless endpoints). */
export const payloadLimits: Readonly<Record<Exclude<EndpointKind, "async">, number>> = {
  realtime: 6 * 1024 * 1024,
  serverless: 4 * 1024 * 1024,
};

/** SageMaker gives the container 60 s; the answer may take a little longer to travel. */
export const defaultTimeoutMs = 70_000;
