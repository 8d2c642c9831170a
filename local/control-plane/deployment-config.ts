import type { CapacitySize, DeploymentConfig } from "@aws-sdk/client-sagemaker";
import { invalid } from "./service-error";

/** Checks what the service model does not say of an update's deployment configuration. */
export function checkDeploymentConfig(config: DeploymentConfig | undefined): void {
  if (config === undefined) {
    return;
  }
  const { BlueGreenUpdatePolicy: blueGreen, RollingUpdatePolicy: rolling } = config;
  if (blueGreen !== undefined && rolling !== undefined) {
    throw invalid("DeploymentConfig can have a BlueGreenUpdatePolicy or a RollingUpdatePolicy, not both.");
  }
  const { Type, CanarySize, LinearStepSize } = blueGreen?.TrafficRoutingConfiguration ?? {};
  checkMember("CanarySize", CanarySize, Type === "CANARY");
  checkMember("LinearStepSize", LinearStepSize, Type === "LINEAR");
  checkPercent("CanarySize", CanarySize, 1);
  checkPercent("LinearStepSize", LinearStepSize, 10);
  checkPercent("MaximumBatchSize", rolling?.MaximumBatchSize, 5);
}

function checkMember(name: string, size: CapacitySize | undefined, needed: boolean): void {
  if (needed && size === undefined) {
    throw invalid(`TrafficRoutingConfiguration must have a ${name} for its Type.`);
  }
  if (!needed && size !== undefined) {
    throw invalid(`TrafficRoutingConfiguration cannot have a ${name} for its Type.`);
  }
}

function checkPercent(name: string, size: CapacitySize | undefined, least: number): void {
  const value = size?.Value;
  if (size?.Type === "CAPACITY_PERCENT" && value !== undefined && (value < least || value > 50)) {
    throw invalid(`${name} of ${value} percent is not allowed; it must be from ${least} to 50 percent of the capacity.`);
  }
}
