import type { DataCaptureConfig, ProductionVariant } from "@aws-sdk/client-sagemaker";
import { memoryOf } from "../containers/instance-memory";
import { servedContainers } from "../control-plane/model-containers";
import type { EndpointConfigRecord } from "../control-plane/records";
import type { Region } from "../control-plane/region";
import { DataCapture } from "./data-capture";
import type { HostingServices } from "./hosting-services";
import { LiveVariant } from "./live-variant";
import type { AnswerObserver, ObservedRequest } from "./observed-request";
import { localReplicas } from "./replicas";
import { ServerlessVariant } from "./serverless-variant";
import { ShadowTraffic } from "./shadow-traffic";
import { desiredVariant, type PropertiesByVariant } from "./variant-properties";

/** The most that AWS lets a streamed answer take, and an asynchronous invocation whatever its own timeout; in milliseconds. */
const longestStream = 480_000;
const longestAsync = 3_600_000;

/** What a fleet is to be: a configuration with what was changed since. */
export interface FleetPlan {
  readonly configName: string;
  readonly variants?: PropertiesByVariant | undefined;
  /** In place of the configuration's own. */
  readonly dataCapture?: DataCaptureConfig | undefined;
}

/** All variants of one configuration of an endpoint, started and ended together. An update has two: the old fleet and the new one. */
export class Fleet {
  readonly capture: DataCapture | undefined;
  private readonly shadowing: ShadowTraffic;
  private readonly ending = new AbortController();

  private constructor(
    readonly endpoint: string,
    readonly config: EndpointConfigRecord,
    readonly variants: readonly LiveVariant[],
    readonly shadows: readonly LiveVariant[],
    captureConfig: DataCaptureConfig | undefined,
    private readonly services: HostingServices,
  ) {
    // AWS captures neither serverless nor asynchronous invocations.
    const capturable = config.request.AsyncInferenceConfig === undefined && variants.every(({ serverless }) => !serverless);
    const captures = capturable && captureConfig !== undefined && captureConfig.EnableCapture !== false;
    this.capture = captures ? new DataCapture(captureConfig, endpoint, services) : undefined;
    this.shadowing = new ShadowTraffic(variants, shadows, this.capture);
  }

  /** Makes a fleet of which nothing runs yet. Throws AWS's failure reason when what it consists of is not there. */
  static of(region: Region, endpoint: string, plan: FleetPlan, services: HostingServices): Fleet {
    const config = region.endpointConfigs.get(plan.configName);
    if (config === undefined) {
      throw new Error(`Could not find endpoint configuration "${region.arn("endpoint-config", plan.configName)}".`);
    }
    const { ProductionVariants = [], ShadowProductionVariants = [], DataCaptureConfig } = config.request;
    const asynchronous = config.request.AsyncInferenceConfig !== undefined;
    const make = (variant: ProductionVariant) => liveVariant(region, endpoint, variant, plan.variants, asynchronous, services);
    const capture = plan.dataCapture ?? DataCaptureConfig;
    return new Fleet(endpoint, config, ProductionVariants.map(make), ShadowProductionVariants.map(make), capture, services);
  }

  /** Aborted as soon as the fleet is to end. */
  get signal(): AbortSignal {
    return this.ending.signal;
  }

  /**
   * Makes every variant the desired number of containers, or that part of them (0 to 1, at least one container). Rejects with the first
   * one's reason not to start.
   */
  async scale(part = 1): Promise<void> {
    const results = await Promise.allSettled(
      [...this.variants, ...this.shadows].map((variant) =>
        variant.scale(localReplicas(variant.desired.instanceCount, this.services.settings.mostReplicas, part)),
      ),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) {
      throw failed.reason;
    }
  }

  /** The variant of that name (`undefined` when there is none), or one drawn by weight. A variant of weight 0 is reached by name only. */
  choose(targetVariant?: string): LiveVariant | undefined {
    if (targetVariant !== undefined) {
      return this.variants.find(({ name }) => name === targetVariant);
    }
    let drawn = Math.random() * this.variants.reduce((sum, { weight }) => sum + weight, 0);
    const chosen = this.variants.find(({ weight }) => {
      drawn -= weight;
      return drawn < 0;
    });
    return chosen ?? this.variants[0];
  }

  /** Shows a request to the shadow variants and to data capture. */
  observe(request: ObservedRequest): AnswerObserver | undefined {
    this.shadowing.mirror(request);
    return this.capture?.begin(request);
  }

  /** Gives the weights and counts that were asked for; resolves when the containers are there. */
  async change(properties: PropertiesByVariant): Promise<void> {
    for (const variant of [...this.variants, ...this.shadows]) {
      variant.desired = desiredVariant(variant.variant, properties[variant.name]);
    }
    await this.scale();
    for (const variant of [...this.variants, ...this.shadows]) {
      variant.weight = variant.desired.weight;
    }
  }

  /** Ends it when its requests are answered; requests that still come go to the successor. */
  async drain(successor: (variantName: string) => LiveVariant | undefined): Promise<void> {
    this.ending.abort();
    await Promise.all([...this.variants, ...this.shadows].map((variant) => variant.drain(() => successor(variant.name))));
    await this.close();
  }

  async stop(graceSeconds?: number): Promise<void> {
    this.ending.abort();
    await Promise.all([...this.variants, ...this.shadows].map((variant) => variant.stop(graceSeconds)));
    await this.close();
  }

  private async close(): Promise<void> {
    this.shadowing.close();
    await this.capture?.close();
  }
}

function liveVariant(
  region: Region,
  endpoint: string,
  variant: ProductionVariant,
  properties: PropertiesByVariant | undefined,
  asynchronous: boolean,
  services: HostingServices,
): LiveVariant {
  const model = region.models.get(variant.ModelName ?? "");
  if (model === undefined) {
    throw new Error(`Could not find model "${region.arn("model", variant.ModelName ?? "")}".`);
  }
  const containers = servedContainers(region, model);
  const desired = desiredVariant(variant, properties?.[variant.VariantName ?? ""]);
  const megabytes = desired.serverless?.MemorySizeInMB;
  const place = {
    ...{ region: region.name, account: region.account, endpoint, variant, containers, asynchronous },
    longestInvocation: asynchronous ? longestAsync : longestStream,
    ...(megabytes === undefined ? memoryOf(variant.InstanceType) : { memoryBytes: megabytes * 1_024 * 1_024 }),
    direct: containers.length > 1 && model.request.InferenceExecutionConfig?.Mode === "Direct",
    networkIsolation: model.request.EnableNetworkIsolation ?? false,
  };
  return desired.serverless === undefined ? new LiveVariant(place, services, desired) : new ServerlessVariant(place, services, desired);
}
