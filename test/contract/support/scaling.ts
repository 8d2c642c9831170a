import { ApplicationAutoScalingClient, type PutScalingPolicyCommandInput } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { describeEndpoint } from "./hosting";
import { bucket, region, type StartedPlatform, startPlatform } from "./platform";
import { Gates } from "./runtime-endpoint";

/** How long a test waits for what scaling does. */
export const patient = { timeout: 60_000 };

/** The configuration of an asynchronous endpoint. */
export const asynchronous = {
  AsyncInferenceConfig: {
    OutputConfig: { S3OutputPath: `s3://${bucket}/scaled` },
    ClientConfig: { MaxConcurrentInvocationsPerInstance: 2 },
  },
};

export const tracking: Pick<PutScalingPolicyCommandInput, "PolicyName" | "PolicyType" | "TargetTrackingScalingPolicyConfiguration"> = {
  PolicyName: "concurrency",
  PolicyType: "TargetTrackingScaling",
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue: 2,
    PredefinedMetricSpecification: { PredefinedMetricType: "SageMakerVariantConcurrentRequestsPerModelHighResolution" },
    ScaleInCooldown: 0,
    ScaleOutCooldown: 0,
  },
};

/** The variant of an endpoint of one, as a scalable target. */
export function of(endpoint: string): {
  readonly ServiceNamespace: "sagemaker";
  readonly ScalableDimension: "sagemaker:variant:DesiredInstanceCount";
  readonly ResourceId: string;
} {
  const ResourceId = `endpoint/${endpoint}/variant/primary`;
  return { ServiceNamespace: "sagemaker", ScalableDimension: "sagemaker:variant:DesiredInstanceCount", ResourceId };
}

/** A platform with up to three replicas of a variant, on which a minute of AWS's scaling takes a tenth of a second. */
export class ScalingPlatform {
  readonly gates = new Gates();

  private constructor(
    readonly platform: StartedPlatform,
    readonly scaling: ApplicationAutoScalingClient,
    readonly cloudwatch: CloudWatchClient,
    /** URI of the runtime fixture's image. */
    readonly image: string,
  ) {}

  static async start(): Promise<ScalingPlatform> {
    process.env.SLIPWAY_SCALING_SPEED = "600";
    process.env.SLIPWAY_MAX_REPLICAS = "3";
    const platform = await startPlatform();
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const common = { endpoint: platform.endpointUrl, region, credentials, maxAttempts: 1 };
    const image = (await platform.build("runtime")).uri;
    return new ScalingPlatform(platform, new ApplicationAutoScalingClient(common), new CloudWatchClient(common), image);
  }

  /** Desired and current instances of an endpoint's variant. */
  async counts(endpoint: string): Promise<(number | undefined)[]> {
    const { ProductionVariants: [variant] = [] } = await describeEndpoint(this.platform, endpoint);
    return [variant?.DesiredInstanceCount, variant?.CurrentInstanceCount];
  }

  async stop(): Promise<void> {
    delete process.env.SLIPWAY_SCALING_SPEED;
    delete process.env.SLIPWAY_MAX_REPLICAS;
    this.scaling.destroy();
    this.cloudwatch.destroy();
    await this.platform.stop();
    this.gates.remove();
  }
}
