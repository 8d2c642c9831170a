import type {
  ScalableDimension,
  ScalableTargetAction,
  ScalingActivityStatusCode,
  StepScalingPolicyConfiguration,
  SuspendedState,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import type { StoredResource } from "../state/resource-store";

/** What is kept of each resource of Application Auto Scaling. Times are milliseconds since the epoch. */
export interface ScalableTargetRecord extends StoredResource {
  readonly arn: string;
  readonly resourceId: string;
  readonly dimension: ScalableDimension;
  readonly endpoint: string;
  readonly variant: string;
  /** Tells the endpoint from a later one of the same name. */
  readonly endpointCreatedAt: number;
  readonly min: number;
  readonly max: number;
  readonly roleArn: string;
  readonly suspended: Required<SuspendedState>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Of which target something is. */
interface OfTarget extends StoredResource {
  readonly name: string;
  readonly arn: string;
  readonly resourceId: string;
  readonly dimension: ScalableDimension;
}

export interface ScalingPolicyRecord extends OfTarget {
  readonly type: "TargetTrackingScaling" | "StepScaling";
  readonly tracking?: TargetTrackingScalingPolicyConfiguration | undefined;
  readonly step?: StepScalingPolicyConfiguration | undefined;
}

export interface ScheduledActionRecord extends OfTarget {
  readonly schedule: string;
  readonly timezone?: string | undefined;
  readonly startTime?: number | undefined;
  readonly endTime?: number | undefined;
  readonly action: ScalableTargetAction;
  /** The last time of the schedule that was acted on. */
  readonly lastRun?: number | undefined;
}

export interface ScalingActivityRecord extends StoredResource {
  readonly id: string;
  readonly resourceId: string;
  readonly dimension: ScalableDimension;
  readonly description: string;
  readonly cause: string;
  readonly status: ScalingActivityStatusCode;
  readonly statusMessage: string;
  readonly endedAt?: number | undefined;
}
