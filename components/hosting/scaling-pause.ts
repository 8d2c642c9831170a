import type { PutScalingPolicyCommandInput, RegisterScalableTargetCommandInput } from "@aws-sdk/client-application-auto-scaling";
import type { AwsClients } from "../aws/clients";
import { recordedResources } from "../recorded-state";
import { describeEndpoint } from "./endpoint-gate";
import { variantName } from "./endpoint-spec";

/** A registration as it was, in the requests that make it again. */
interface Registration {
  readonly target: RegisterScalableTargetCommandInput;
  readonly policies: readonly PutScalingPolicyCommandInput[];
}

const dimension = { ServiceNamespace: "sagemaker", ScalableDimension: "sagemaker:variant:DesiredInstanceCount" } as const;

/**
 * AWS refuses to change the instance type of a variant that is registered for scaling, and Pulumi has no order in which a resource (the registration) goes
 * before the update of one it depends on (the endpoint) and comes back after it. So the endpoint's update itself removes the registration first, and
 * `EndpointScaling` is replaced by the same change, once the endpoint is proven to serve. Only what this stack registered is removed.
 */
export class ScalingPause {
  private removed: Registration | undefined;

  /** To be called before the update. Does nothing unless the update changes the instance type. */
  async begin(endpointName: string, instanceType: string, clients: AwsClients): Promise<void> {
    const resourceId = `endpoint/${endpointName}/variant/${variantName}`;
    if ((await isRecorded(resourceId)) && (await liveInstanceType(endpointName, clients)) !== instanceType) {
      this.removed = await deregister(resourceId, clients);
    }
  }

  /**
   * To be called when the update failed, which leaves the endpoint as it was: with its old instance type, and scaled.
   *
   * @returns a line to show when it could not be registered again, else undefined
   */
  async undo(clients: AwsClients): Promise<string | undefined> {
    const { removed } = this;
    this.removed = undefined;
    try {
      await (removed === undefined ? undefined : register(removed, clients));
      return undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return `  note ${removed?.target.ResourceId} is no longer scaled (${reason}); pulumi refresh notices that, and the next pulumi up scales it again`;
    }
  }
}

async function register({ target, policies }: Registration, clients: AwsClients): Promise<void> {
  const { PutScalingPolicyCommand, RegisterScalableTargetCommand } = await import("@aws-sdk/client-application-auto-scaling");
  const scaling = await clients.scaling();
  await scaling.send(new RegisterScalableTargetCommand(target));
  for (const policy of policies) {
    await scaling.send(new PutScalingPolicyCommand(policy));
  }
}

async function isRecorded(resourceId: string): Promise<boolean> {
  return Object.values((await recordedResources()) ?? {}).some(
    ({ type, outputs }) => type === "aws:appautoscaling/target:Target" && outputs?.resourceId === resourceId,
  );
}

async function liveInstanceType(endpointName: string, clients: AwsClients): Promise<string | undefined> {
  const { DescribeEndpointConfigCommand } = await import("@aws-sdk/client-sagemaker");
  const endpoint = await describeEndpoint(endpointName, clients);
  if (endpoint === undefined) {
    return undefined;
  }
  const { ProductionVariants = [] } = await clients.sagemaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName: endpoint.EndpointConfigName }),
  );
  return ProductionVariants.find(({ VariantName }) => VariantName === variantName)?.InstanceType;
}

async function deregister(resourceId: string, clients: AwsClients): Promise<Registration | undefined> {
  const { DeregisterScalableTargetCommand, DescribeScalableTargetsCommand, DescribeScalingPoliciesCommand } = await import(
    "@aws-sdk/client-application-auto-scaling"
  );
  const scaling = await clients.scaling();
  const [target] = await scaling
    .send(new DescribeScalableTargetsCommand({ ...dimension, ResourceIds: [resourceId] }))
    .then(({ ScalableTargets = [] }) => ScalableTargets, noSuchService);
  if (target === undefined) {
    return undefined;
  }
  const { ScalingPolicies = [] } = await scaling.send(new DescribeScalingPoliciesCommand({ ...dimension, ResourceId: resourceId }));
  const variant = { ...dimension, ResourceId: resourceId };
  await scaling.send(new DeregisterScalableTargetCommand(variant));
  return {
    target: { ...variant, MinCapacity: target.MinCapacity, MaxCapacity: target.MaxCapacity, SuspendedState: target.SuspendedState },
    policies: ScalingPolicies.map((policy) => ({
      ...variant,
      PolicyName: policy.PolicyName,
      PolicyType: policy.PolicyType,
      TargetTrackingScalingPolicyConfiguration: policy.TargetTrackingScalingPolicyConfiguration,
      StepScalingPolicyConfiguration: policy.StepScalingPolicyConfiguration,
    })),
  };
}

/** A stand-in for AWS without this service, where nothing can be registered, answers with an error of no type; the SDK calls it so. All others are thrown. */
function noSuchService(error: unknown): [] {
  if (error instanceof Error && error.name === "Unknown") {
    return [];
  }
  throw error;
}
