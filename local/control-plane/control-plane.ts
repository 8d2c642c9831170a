import type { IncomingMessage, ServerResponse } from "node:http";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { Jobs } from "../jobs/jobs";
import { inputShapeOf, isKnownOperation } from "../service-model/service-model";
import type { TrainingHost } from "../training/training-host";
import { appOperations } from "./apps";
import { domainOperations } from "./domains";
import { endpointConfigOperations } from "./endpoint-configs";
import { endpointOperations } from "./endpoints";
import { answerJson, isFor } from "./json-protocol";
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

const protocol = { targetPrefix: "SageMaker.", internalError: "InternalFailure", messageMember: "message" } as const;

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
    return isFor(protocol, request);
  }

  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { regions, log } = this.options;
    return answerJson(protocol, request, response, log, (operation, body) => this.invoke(operation, body, regions.of(request)));
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
