import type { RecordedResource } from "../recorded-state";
import { variantName } from "./endpoint-spec";

/** What decides how many instances a configuration begins with. */
export interface CountQuestion {
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly modelName: string;
  readonly instanceType: string;
  /** The configuration in the stack's state; undefined when there is none. */
  readonly recorded: RecordedResource | undefined;
  /** How many instances the endpoint has now; undefined when there is none. Asked for only when it matters. */
  readonly live: () => Promise<number | undefined>;
}

interface RecordedVariant {
  readonly variantName?: string;
  readonly modelName?: string;
  readonly instanceType?: string;
  readonly initialInstanceCount?: number;
}

/**
 * An endpoint that moves to another configuration gets that one's initial count, so with the minimum in it a scaled-out endpoint would shrink under load with
 * each deployment. A new configuration begins with what the endpoint has now. An unchanged one keeps its count: with another it would be a new one.
 */
export async function initialCount(question: CountQuestion): Promise<number> {
  const { minInstances: min, maxInstances: max, modelName, instanceType, recorded, live } = question;
  const variant = variantsOf(recorded).find((each) => each.variantName === variantName);
  if (variant?.initialInstanceCount !== undefined && variant.modelName === modelName && variant.instanceType === instanceType) {
    return variant.initialInstanceCount;
  }
  return variant === undefined ? min : Math.min(max, Math.max(min, (await live()) ?? min));
}

function variantsOf(recorded: RecordedResource | undefined): readonly RecordedVariant[] {
  const variants = recorded?.outputs?.productionVariants;
  return Array.isArray(variants) ? (variants as readonly RecordedVariant[]) : [];
}
