import type { RecordedResource } from "../recorded-state";

/** Instances each variant is meant to have, by its name. */
export type LiveCounts = Readonly<Record<string, number | undefined>>;

/** A variant whose number of instances follows a load or a schedule. */
export interface ScaledVariant {
  readonly variant: string;
  /** What a new variant begins with. */
  readonly start: number;
  /** Bounds that scaling, or its schedule, ever has. */
  readonly min: number;
  readonly max: number;
}

/** What decides how many instances a configuration begins with. */
export interface CountQuestion {
  readonly scaled: readonly ScaledVariant[];
  /** The configuration as it is to be, without the numbers that are asked for. */
  readonly wanted: object;
  /** The configuration in the stack's state; undefined when there is none. */
  readonly recorded: RecordedResource | undefined;
  /** How many instances the endpoint's variants have now; none when there is no endpoint. Asked for only when it matters. */
  readonly live: () => Promise<LiveCounts>;
}

interface RecordedVariant {
  readonly variantName?: string;
  readonly initialInstanceCount?: number;
}

/**
 * An endpoint that moves to another configuration gets that one's initial counts, so with the minimum in it a scaled-out endpoint would shrink under load with
 * each deployment. AWS can keep the counts by itself (RetainAllVariantProperties), which Pulumi's provider does not offer. So a new configuration begins with
 * what the endpoint has now. An unchanged one keeps its counts: with others it would be a new one.
 */
export async function initialCounts({ scaled, wanted, recorded, live }: CountQuestion): Promise<Record<string, number>> {
  const before = variantsOf(recorded);
  const isKept = recorded !== undefined && isSameConfiguration(wanted, recorded.outputs ?? {});
  let counts: LiveCounts | undefined;
  const answer: Record<string, number> = {};
  for (const { variant, start, min, max } of scaled) {
    const known = before.find((each) => each.variantName === variant);
    if (known === undefined) {
      answer[variant] = start;
    } else if (isKept && known.initialInstanceCount !== undefined) {
      answer[variant] = known.initialInstanceCount;
    } else {
      counts ??= await live();
      answer[variant] = Math.min(max, Math.max(min, counts[variant] ?? start));
    }
  }
  return answer;
}

function variantsOf(recorded: RecordedResource | undefined): readonly RecordedVariant[] {
  const variants = recorded?.outputs?.productionVariants;
  return Array.isArray(variants) ? (variants as readonly RecordedVariant[]) : [];
}

/** Members of a configuration that make another one when they change. */
const compared = ["productionVariants", "shadowProductionVariants", "asyncInferenceConfig", "dataCaptureConfig", "kmsKeyArn"] as const;

/** Members that AWS fills in when they are left out. */
const chosenByAws = new Set(["initialInstanceCount", "volumeSizeInGb", "routingConfigs", "inferenceAmiVersion"]);

/** Whether the provider would leave a configuration as it is. */
export function isSameConfiguration(wanted: object, recorded: object): boolean {
  const [one, other] = [wanted, recorded] as readonly Readonly<Record<string, unknown>>[];
  return compared.every((key) => isSame(one?.[key], other?.[key]));
}

function isSame(wanted: unknown, recorded: unknown): boolean {
  if (isEmpty(wanted) || isEmpty(recorded)) {
    return isEmpty(wanted) && isEmpty(recorded);
  }
  if (Array.isArray(wanted) && Array.isArray(recorded)) {
    // Lists of texts are sets to the provider.
    const [these, those] = [wanted, recorded].map((list: unknown[]) => (typeof list[0] === "string" ? [...list].sort() : list));
    return these?.length === those?.length && (these ?? []).every((each, index) => isSame(each, those?.[index]));
  }
  if (isObject(wanted) && isObject(recorded)) {
    const keys = [...new Set([...Object.keys(wanted), ...Object.keys(recorded)])];
    return keys.every((key) => (wanted[key] === undefined && chosenByAws.has(key)) || isSame(wanted[key], recorded[key]));
  }
  return wanted === recorded;
}

/** What is left out, and what the provider records in its place. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.length === 0;
  }
  return isObject(value)
    ? Object.values(value).every(isEmpty)
    : value === undefined || value === null || value === "" || value === 0 || value === false;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
