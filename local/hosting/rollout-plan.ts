import type { CapacitySize, DeploymentConfig } from "@aws-sdk/client-sagemaker";

/** One shift of traffic to the new fleet, and how long it bakes after it. */
export interface RolloutStep {
  /** The new fleet's part of the traffic, 0 to 1. */
  readonly share: number;
  readonly bakeSeconds: number;
}

/** How an update goes from the old fleet to the new one. Times are those declared. */
export interface RolloutPlan {
  readonly steps: readonly RolloutStep[];
  /** Instances are replaced in batches: the new fleet grows and the old one shrinks with the traffic. */
  readonly rolling: boolean;
  /** The part of the old fleet (0 to 1) that a rollback brings back at once; blue/green updates still have all of it. */
  readonly rollbackBatch: number;
  readonly terminationWaitSeconds: number;
  readonly maximumSeconds: number;
  readonly alarms: readonly string[];
}

/** AWS ends an update that takes longer when nothing else is said. */
const defaultMaximumSeconds = 14_400;

/** The plan of a deployment configuration for a fleet of so many declared instances. Without a configuration all traffic moves at once. */
export function planRollout(config: DeploymentConfig | undefined, instances: number): RolloutPlan {
  const { BlueGreenUpdatePolicy: blueGreen, RollingUpdatePolicy: rolling } = config ?? {};
  const alarms = (config?.AutoRollbackConfiguration?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
  if (rolling !== undefined) {
    return {
      steps: stepsOf(part(rolling.MaximumBatchSize, instances), rolling.WaitIntervalInSeconds ?? 0),
      rolling: true,
      rollbackBatch: part(rolling.RollbackMaximumBatchSize, instances),
      terminationWaitSeconds: 0,
      maximumSeconds: rolling.MaximumExecutionTimeoutInSeconds ?? defaultMaximumSeconds,
      alarms,
    };
  }
  const { Type, WaitIntervalInSeconds = 0, CanarySize, LinearStepSize } = blueGreen?.TrafficRoutingConfiguration ?? {};
  const bakeSeconds = WaitIntervalInSeconds;
  const canary = part(CanarySize, instances);
  const first = Type === "CANARY" && canary < 1 ? [{ share: canary, bakeSeconds }] : [];
  return {
    steps: Type === "LINEAR" ? stepsOf(part(LinearStepSize, instances), bakeSeconds) : [...first, { share: 1, bakeSeconds }],
    rolling: false,
    rollbackBatch: 1,
    terminationWaitSeconds: blueGreen?.TerminationWaitInSeconds ?? 0,
    maximumSeconds: blueGreen?.MaximumExecutionTimeoutInSeconds ?? defaultMaximumSeconds,
    alarms,
  };
}

/** Equal steps to the whole; the last one may be smaller. */
function stepsOf(size: number, bakeSeconds: number): RolloutStep[] {
  const count = Math.max(1, Math.ceil(1 / size - 1e-9));
  return Array.from({ length: count }, (_, index) => ({ share: Math.min(1, (index + 1) * size), bakeSeconds }));
}

/** A capacity as a part of the whole fleet, at least one instance of it and at most all. */
function part(size: CapacitySize | undefined, instances: number): number {
  if (size?.Value === undefined) {
    return 1;
  }
  return Math.min(1, size.Type === "INSTANCE_COUNT" ? size.Value / Math.max(1, instances) : size.Value / 100);
}
