import type {
  PutScalingPolicyCommandInput,
  PutScheduledActionCommandInput,
  RegisterScalableTargetCommandInput,
} from "@aws-sdk/client-application-auto-scaling";
import type { AwsClients } from "../aws/clients";
import { recordedResources } from "../recorded-state";
import { describeEndpoint } from "./endpoint-gate";

/** A registration as it was, in the requests that make it again. */
interface Registration {
  readonly target: RegisterScalableTargetCommandInput;
  readonly policies: readonly PutScalingPolicyCommandInput[];
  readonly actions: readonly PutScheduledActionCommandInput[];
}

const dimension = { ServiceNamespace: "sagemaker", ScalableDimension: "sagemaker:variant:DesiredInstanceCount" } as const;

/**
 * AWS refuses to change the instance type of a variant that is registered for scaling, and Pulumi has no order in which a resource (the registration) goes
 * before the update of one it depends on (the endpoint) and comes back after it. So the endpoint's update itself removes the registration first, and
 * `EndpointScaling` is replaced by the same change, once the endpoint is proven to serve. Only what this stack registered is removed.
 */
export class ScalingPause {
  private removed: Registration[] = [];

  /**
   * To be called before the update. Does nothing unless the update changes the instance type of a registered variant, or takes the variant away.
   *
   * @param instanceTypes what each variant of the endpoint is to have
   */
  async begin(endpointName: string, instanceTypes: Readonly<Record<string, string>>, clients: AwsClients): Promise<void> {
    const variants = await recordedVariants(endpointName);
    const live = variants.length === 0 ? {} : await liveInstanceTypes(endpointName, clients);
    for (const variant of variants.filter((name) => live[name] !== instanceTypes[name])) {
      const removed = await deregister(resourceIdOf(endpointName, variant), clients);
      this.removed.push(...(removed === undefined ? [] : [removed]));
    }
  }

  /**
   * To be called when the update failed, which leaves the endpoint as it was: with its old instance types, and scaled.
   *
   * @returns lines to show when something could not be registered again, else undefined
   */
  async undo(clients: AwsClients): Promise<string | undefined> {
    const { removed } = this;
    this.removed = [];
    const notes: string[] = [];
    for (const registration of removed) {
      try {
        await register(registration, clients);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        notes.push(
          `  note ${registration.target.ResourceId} is no longer scaled (${reason}); pulumi refresh notices that, and the next pulumi up scales it again`,
        );
      }
    }
    return notes.length === 0 ? undefined : notes.join("\n");
  }
}

function resourceIdOf(endpointName: string, variant: string): string {
  return `endpoint/${endpointName}/variant/${variant}`;
}

async function register({ target, policies, actions }: Registration, clients: AwsClients): Promise<void> {
  const { PutScalingPolicyCommand, PutScheduledActionCommand, RegisterScalableTargetCommand } = await import(
    "@aws-sdk/client-application-auto-scaling"
  );
  const scaling = await clients.scaling();
  await scaling.send(new RegisterScalableTargetCommand(target));
  for (const policy of policies) {
    await scaling.send(new PutScalingPolicyCommand(policy));
  }
  for (const action of actions) {
    await scaling.send(new PutScheduledActionCommand(action));
  }
}

/** Variants of the endpoint that this stack has registered for scaling their instances. */
async function recordedVariants(endpointName: string): Promise<string[]> {
  const prefix = resourceIdOf(endpointName, "");
  return Object.values((await recordedResources()) ?? {}).flatMap(({ type, outputs }) => {
    const resourceId = type === "aws:appautoscaling/target:Target" ? outputs?.resourceId : undefined;
    return typeof resourceId === "string" && resourceId.startsWith(prefix) ? [resourceId.slice(prefix.length)] : [];
  });
}

async function liveInstanceTypes(endpointName: string, clients: AwsClients): Promise<Record<string, string | undefined>> {
  const { DescribeEndpointConfigCommand } = await import("@aws-sdk/client-sagemaker");
  const endpoint = await describeEndpoint(endpointName, clients);
  if (endpoint === undefined) {
    return {};
  }
  const { ProductionVariants = [] } = await clients.sagemaker.send(
    new DescribeEndpointConfigCommand({ EndpointConfigName: endpoint.EndpointConfigName }),
  );
  return Object.fromEntries(ProductionVariants.map(({ VariantName = "", InstanceType }) => [VariantName, InstanceType]));
}

async function deregister(resourceId: string, clients: AwsClients): Promise<Registration | undefined> {
  const {
    DeregisterScalableTargetCommand,
    DescribeScalableTargetsCommand,
    DescribeScalingPoliciesCommand,
    DescribeScheduledActionsCommand,
  } = await import("@aws-sdk/client-application-auto-scaling");
  const scaling = await clients.scaling();
  const [target] = await scaling
    .send(new DescribeScalableTargetsCommand({ ...dimension, ResourceIds: [resourceId] }))
    .then(({ ScalableTargets = [] }) => ScalableTargets, noSuchService);
  if (target === undefined) {
    return undefined;
  }
  const variant = { ...dimension, ResourceId: resourceId };
  const { ScalingPolicies = [] } = await scaling.send(new DescribeScalingPoliciesCommand(variant));
  const { ScheduledActions = [] } = await scaling.send(new DescribeScheduledActionsCommand(variant));
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
    actions: ScheduledActions.map(({ ScheduledActionName, Schedule, Timezone, StartTime, EndTime, ScalableTargetAction }) => ({
      ...variant,
      ScheduledActionName,
      Schedule,
      Timezone,
      StartTime,
      EndTime,
      ScalableTargetAction,
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
