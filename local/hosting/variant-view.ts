import type { ProductionVariant } from "@aws-sdk/client-sagemaker";
import type { LiveVariant } from "./live-variant";
import type { DesiredVariant } from "./variant-properties";

/** A variant as DescribeEndpoint shows it. */
export interface VariantView {
  readonly variant: ProductionVariant;
  readonly weight: number;
  readonly desired: DesiredVariant;
  /** Containers that take requests now. */
  readonly instances: number;
  /** What the variant's image was called and what it resolved to. */
  readonly image: { readonly specified: string; readonly resolved: string } | undefined;
  readonly startedAt: number;
}

export function variantView(live: LiveVariant): VariantView {
  return {
    variant: live.variant,
    weight: live.weight,
    desired: live.desired,
    instances: live.instances.filter(({ url }) => url !== undefined).length,
    image: live.instances[0]?.deployedImage,
    startedAt: live.instances[0]?.startedAt ?? 0,
  };
}
