import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { Jobs } from "../jobs/jobs";
import { inputShapeOf, isKnownOperation } from "../service-model/service-model";
import type { TrainingHost } from "../training/training-host";
import { appOperations } from "./apps";
import { domainOperations } from "./domains";
import { endpointConfigOperations } from "./endpoint-configs";
import { endpointOperations } from "./endpoints";
import { modelPackageGroupOperations } from "./model-package-groups";
import { modelPackageOperations } from "./model-packages";
import { modelOperations } from "./models";
import type { Operation } from "./operation";
import { processingJobOperations } from "./processing-jobs";
import type { Regions } from "./regions";
import { validateRequest } from "./request-validation";
import { ServiceError } from "./service-error";
import { spaceOperations } from "./spaces";
import { tagOperations } from "./tags";
import { trainingJobOperations } from "./training-jobs";
import { transformJobOperations } from "./transform-jobs";
import { userProfileOperations } from "./user-profiles";

/** More than any request of the API can need. */
const maxBodyBytes = 4 * 1024 * 1024;

const targetPrefix = "SageMaker.";

export interface ControlPlaneOptions {
  readonly regions: Regions;
  readonly endpoints: EndpointHost;
  readonly training: TrainingHost;
  readonly jobs: Jobs;
  readonly log: (line: string) => void;
}

/** The SageMaker API in AWS's JSON 1.1 protocol: the header X-Amz-Target names the operation, bodies are JSON, times seconds. */
export class ControlPlane {
  private readonly operations: Readonly<Record<string, Operation>>;

  constructor(private readonly options: ControlPlaneOptions) {
    this.operations = operationsOf(options);
  }

  /** Whether a request is for this API. */
  static accepts(request: IncomingMessage): boolean {
    return String(request.headers["x-amz-target"] ?? "").startsWith(targetPrefix);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers["x-amz-target"]).slice(targetPrefix.length);
    try {
      const output = await this.invoke(operation, await readJson(request), this.options.regions.of(request));
      sendJson(response, 200, wireValue(output));
    } catch (error) {
      const known = error instanceof ServiceError ? error : undefined;
      if (known === undefined) {
        this.options.log(`${operation} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      }
      const { code, message, statusCode } = known ?? new ServiceError("InternalFailure", String(error), 500);
      sendJson(response, statusCode, { __type: code, message });
    }
  }

  private async invoke(name: string, body: unknown, region: ReturnType<Regions["of"]>): Promise<object> {
    const handler = Object.hasOwn(this.operations, name) ? this.operations[name] : undefined;
    const shape = inputShapeOf(name);
    if (handler === undefined || shape === undefined) {
      const reason = isKnownOperation(name) ? "is not served by the local endpoint" : "is not an operation of SageMaker";
      throw new ServiceError("UnknownOperationException", `${name} ${reason}.`);
    }
    return handler(validateRequest(shape, body), { region });
  }
}

type Hosts = Pick<ControlPlaneOptions, "endpoints" | "training" | "jobs">;

function operationsOf({ endpoints, training, jobs }: Hosts): Readonly<Record<string, Operation>> {
  return {
    ...trainingJobOperations(training),
    ...transformJobOperations(jobs.transform),
    ...processingJobOperations(jobs.processing),
    ...modelOperations(),
    ...modelPackageGroupOperations(),
    ...modelPackageOperations(),
    ...endpointConfigOperations(),
    ...endpointOperations(endpoints),
    ...domainOperations(),
    ...userProfileOperations(),
    ...spaceOperations(),
    ...appOperations(),
    ...tagOperations(),
  };
}

/** Names of the operations that are served; handlers use their hosts only when they are called. */
export function servedOperations(): string[] {
  return Object.keys(operationsOf({ endpoints: {}, training: {}, jobs: {} } as Hosts)).sort();
}

/** The body of a request in this protocol. Throws AWS's errors for one that is too long or is no JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > maxBodyBytes) {
      throw new ServiceError("RequestEntityTooLargeException", `The request is larger than ${maxBodyBytes} bytes.`, 413);
    }
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new ServiceError("SerializationException", "The request body is not JSON.");
  }
}

/** Answers a request in this protocol. */
export function sendJson(response: ServerResponse, statusCode: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(statusCode, {
    "content-type": "application/x-amz-json-1.1",
    "content-length": Buffer.byteLength(text),
    "x-amzn-requestid": randomUUID(),
  });
  response.end(text);
}

/** The response as JSON 1.1 has it: dates are seconds since the epoch, members that are not set are left out. */
export function wireValue(value: unknown): unknown {
  if (value instanceof Date) {
    return value.getTime() / 1_000;
  }
  if (Array.isArray(value)) {
    return value.map(wireValue);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => [name, wireValue(member)]),
    );
  }
  return value;
}
