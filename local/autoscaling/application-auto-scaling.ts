import type { IncomingMessage, ServerResponse } from "node:http";
import { answerJson, isFor } from "../control-plane/json-protocol";
import type { Operation } from "../control-plane/operation";
import type { Region } from "../control-plane/region";
import type { Regions } from "../control-plane/regions";
import { validateRequest } from "../control-plane/request-validation";
import { ServiceError } from "../control-plane/service-error";
import { isKnownScalingOperation, scalingInputShapeOf } from "../service-model/autoscaling-model";
import { scalableTargetOperations } from "./operations/scalable-targets";
import { scalingActivityOperations } from "./operations/scaling-activities";
import { scalingPolicyOperations } from "./operations/scaling-policies";
import { scalingTagOperations } from "./operations/scaling-tags";
import { scheduledActionOperations } from "./operations/scheduled-actions";
import type { PolicyAlarms } from "./policy-alarms";
import { deleteTrackingAlarms } from "./tracking-alarms";

const protocol = {
  targetPrefix: "AnyScaleFrontendService.",
  internalError: "InternalServiceException",
  messageMember: "Message",
} as const;

export interface ApplicationAutoScalingOptions {
  readonly regions: Regions;
  readonly alarms: PolicyAlarms;
  readonly log: (line: string) => void;
}

/** The API of Application Auto Scaling, for SageMaker's endpoint variants, in AWS's JSON 1.1 protocol. */
export class ApplicationAutoScaling {
  private readonly operations: Readonly<Record<string, Operation>>;

  constructor(private readonly options: ApplicationAutoScalingOptions) {
    this.operations = {
      ...scalableTargetOperations(options.alarms),
      ...scalingPolicyOperations(options.alarms),
      ...scalingActivityOperations(),
      ...scheduledActionOperations(),
      ...scalingTagOperations(),
    };
  }

  /** Whether a request is for this API. */
  static accepts(request: IncomingMessage): boolean {
    return isFor(protocol, request);
  }

  handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { regions, log } = this.options;
    return answerJson(protocol, request, response, log, (operation, body) => this.invoke(operation, body, regions.of(request)));
  }

  private async invoke(name: string, body: unknown, region: Region): Promise<object> {
    const handler = Object.hasOwn(this.operations, name) ? this.operations[name] : undefined;
    const shape = scalingInputShapeOf(name);
    if (handler === undefined || shape === undefined) {
      const reason = isKnownScalingOperation(name)
        ? "is not served by the local endpoint"
        : "is not an operation of Application Auto Scaling";
      throw new ServiceError("UnknownOperationException", `${name} ${reason}.`);
    }
    const input = validateRequest(shape, body);
    // Whatever is asked, what belonged to deleted endpoints is gone.
    await deleteTrackingAlarms(this.options.alarms, region.name, await region.scaling.deregisterOrphans(region.endpoints));
    return handler(input, { region });
  }
}
