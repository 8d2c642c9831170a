import type { ProductionVariant } from "@aws-sdk/client-sagemaker";
import type { LiveVariant } from "./live-variant";
import type { DesiredVariant } from "./variant-properties";

/** A variant as DescribeEndpoint shows it. */
export interface VariantView {
  readonly variant: ProductionVariant;
  readonly weight: number;
  readonly desired: DesiredVariant;
  /** Those that take requests now. */
  readonly instances: number;
  /** What the variant's images were called and what they resolved to, one for each container. */
  readonly images: readonly { readonly specified: string; readonly resolved: string }[];
  readonly startedAt: number;
}

export function variantView(live: LiveVariant): VariantView {
  return {
    variant: live.variant,
    weight: live.weight,
    desired: live.desired,
    instances: live.instances.filter(({ ready }) => ready).length,
    images: live.instances[0]?.deployedImages ?? [],
    startedAt: live.instances[0]?.startedAt ?? 0,
  };
}
