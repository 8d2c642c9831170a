import type { ProductionVariant } from "@aws-sdk/client-sagemaker";
import type { EndpointRecord } from "../control-plane/records";
import type { Region } from "../control-plane/region";
import { LiveEndpoint } from "./live-endpoint";
import { LiveVariant } from "./live-variant";
import { localReplicas } from "./replicas";
import type { HostingServices, ServingInstance } from "./serving-instance";

/** Seconds a container gets to end when the daemon itself stops. */
const shutdownGraceSeconds = 5;

/** A variant as DescribeEndpoint shows it. */
export interface VariantView {
  readonly variant: ProductionVariant;
  readonly instances: number;
  readonly image: ServingInstance["deployedImage"];
  readonly startedAt: number;
}

/** Makes endpoints real: starts, replaces and ends their containers, and moves their records from state to state. */
export class EndpointHost {
  private readonly live = new Map<string, LiveEndpoint>();
  /** Every variant whose container may exist, those starting and draining included. */
  private readonly variants = new Set<LiveVariant>();
  private readonly work = new Set<Promise<void>>();
  private closing = false;

  constructor(private readonly services: HostingServices) {}

  /** Starts an endpoint whose record says Creating. */
  create(region: Region, name: string): void {
    this.run(name, async () => {
      const endpoint = region.endpoints.get(name);
      if (endpoint === undefined) {
        return;
      }
      const started = await this.startConfig(region, name, endpoint.configName);
      if (this.closing) {
        return;
      }
      if (started instanceof Error) {
        await put(region, name, { status: "Failed", failureReason: started.message });
      } else {
        this.live.set(endpoint.arn, started);
        await put(region, name, { status: "InService" });
      }
    });
  }

  /** Brings the configuration in `updatingTo` to life beside the old one; the old one goes only when the new one serves. */
  update(region: Region, name: string): void {
    this.run(name, async () => {
      const endpoint = region.endpoints.get(name);
      if (endpoint?.updatingTo === undefined) {
        return;
      }
      const started = await this.startConfig(region, name, endpoint.updatingTo);
      if (this.closing) {
        return;
      }
      if (started instanceof Error) {
        // As on AWS: in service with the old configuration, and the reason is all that tells of the failure.
        await put(region, name, { status: "InService", updatingTo: undefined, failureReason: started.message });
        return;
      }
      const old = this.live.get(endpoint.arn);
      this.live.set(endpoint.arn, started);
      await put(region, name, { status: "InService", configName: endpoint.updatingTo, updatingTo: undefined, failureReason: undefined });
      this.run(name, () => this.retire(old?.variants ?? []));
    });
  }

  /** Ends the containers and removes the record. */
  delete(region: Region, name: string): void {
    this.run(name, async () => {
      const arn = region.arn("endpoint", name);
      const old = this.live.get(arn);
      this.live.delete(arn);
      await Promise.all((old?.variants ?? []).map((variant) => this.end(variant)));
      await region.endpoints.delete(name);
    });
  }

  find(region: Region, name: string): LiveEndpoint | undefined {
    return this.live.get(region.arn("endpoint", name));
  }

  liveVariants(region: Region, name: string): VariantView[] {
    return (this.find(region, name)?.variants ?? []).map((live) => ({
      variant: live.variant,
      instances: live.instances.filter(({ url }) => url !== undefined).length,
      image: live.instances[0]?.deployedImage,
      startedAt: live.instances[0]?.startedAt ?? 0,
    }));
  }

  /** After a start of the daemon: what served comes back by the configuration that served, what was going away goes. */
  async recover(region: Region): Promise<void> {
    for (const endpoint of region.endpoints.list()) {
      if (endpoint.status === "Deleting") {
        this.delete(region, endpoint.name);
      } else if (endpoint.status !== "Failed") {
        await put(region, endpoint.name, {
          status: "Creating",
          updatingTo: undefined,
          failureReason:
            endpoint.updatingTo === undefined ? endpoint.failureReason : "The update was interrupted by a restart of the local endpoint.",
        });
        this.create(region, endpoint.name);
      }
    }
  }

  /** Ends every container. The records stay as they are, for `recover`. */
  async shutdown(): Promise<void> {
    this.closing = true;
    await Promise.all([...this.variants].map((variant) => this.end(variant, shutdownGraceSeconds)));
    await Promise.all(this.work);
  }

  /** All variants of a configuration, or the first one's reason not to start; then nothing of them runs. */
  private async startConfig(region: Region, name: string, configName: string): Promise<LiveEndpoint | Error> {
    const config = region.endpointConfigs.get(configName);
    if (config === undefined) {
      return new Error(`Could not find endpoint configuration "${region.arn("endpoint-config", configName)}".`);
    }
    const started: LiveVariant[] = [];
    const results = await Promise.allSettled(
      (config.request.ProductionVariants ?? []).map(async (variant) => {
        const live = this.prepareVariant(region, name, variant);
        started.push(live);
        this.variants.add(live);
        await live.start();
      }),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed === undefined) {
      return new LiveEndpoint(config, started);
    }
    await Promise.all(started.map((variant) => this.end(variant)));
    return failed.reason instanceof Error ? failed.reason : new Error(String(failed.reason));
  }

  private prepareVariant(region: Region, endpoint: string, variant: ProductionVariant): LiveVariant {
    const model = region.models.get(variant.ModelName ?? "");
    if (model === undefined) {
      throw new Error(`Could not find model "${region.arn("model", variant.ModelName ?? "")}".`);
    }
    const containers = model.request.Containers ?? [];
    const container = model.request.PrimaryContainer ?? containers[0];
    if (container === undefined || containers.length > 1) {
      throw new Error(`The local endpoint serves models of one container; model ${model.name} has ${containers.length}.`);
    }
    const place = { region: region.name, account: region.account, endpoint, variant, container };
    return new LiveVariant(place, this.services, localReplicas(variant.InitialInstanceCount ?? 1));
  }

  private async retire(variants: readonly LiveVariant[]): Promise<void> {
    await Promise.all(variants.map((variant) => variant.drain().finally(() => this.variants.delete(variant))));
  }

  private async end(variant: LiveVariant, graceSeconds?: number): Promise<void> {
    await variant.stop(graceSeconds).finally(() => this.variants.delete(variant));
  }

  /** Runs work in the background that `shutdown` waits for. */
  private run(name: string, action: () => Promise<void>): void {
    const promise: Promise<void> = action()
      .catch((error: unknown) =>
        this.services.log(`endpoint ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
      )
      .finally(() => this.work.delete(promise));
    this.work.add(promise);
  }
}

/** Changes an endpoint's record; a member set to undefined is removed. */
async function put(region: Region, name: string, change: Partial<EndpointRecord>): Promise<void> {
  const endpoint = region.endpoints.get(name);
  if (endpoint !== undefined) {
    await region.endpoints.put(name, { ...endpoint, ...change, modifiedAt: Date.now() });
  }
}
