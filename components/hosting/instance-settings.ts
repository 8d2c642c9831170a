import { type Checks, count, duration, instanceType, isLater, join, oneOf, show } from "../arguments";
import type { Problems } from "../errors/problems";
import { hasLocalStorage } from "../instance-storage";

/** What real-time variants and shadow variants say of their instances. */
export interface InstanceSettingsArgs {
  instanceType?: string;
  volumeSizeInGb?: number;
  startupTimeout?: string;
  downloadTimeout?: string;
  routing?: string;
  inferenceAmiVersion?: string;
}

/** AMIs of the SageMaker API (ProductionVariant, InferenceAmiVersion), each with the instance families that have its accelerator. */
const amiFamilies: Readonly<Record<string, RegExp>> = {
  "al2-ami-sagemaker-inference-gpu-2": /^ml\.(g|p)\d/,
  "al2-ami-sagemaker-inference-gpu-2-1": /^ml\.(g|p)\d/,
  "al2-ami-sagemaker-inference-gpu-3-1": /^ml\.(g|p)\d/,
  "al2-ami-sagemaker-inference-neuron-2": /^ml\.(inf|trn)\d/,
  "al2023-ami-sagemaker-inference-gpu-4-1": /^ml\.(g|p)\d/,
};

export const instanceSettingsChecks: Checks<InstanceSettingsArgs> = {
  instanceType,
  volumeSizeInGb: count(1, 512),
  startupTimeout: duration("60s", "1h"),
  downloadTimeout: duration("60s", "1h"),
  routing: oneOf("LEAST_OUTSTANDING_REQUESTS", "RANDOM"),
  inferenceAmiVersion: oneOf(...Object.keys(amiFamilies)),
};

/** Why settings of AWS's variants are not offered. */
export const managedInstanceScaling =
  "AWS scales instances by itself for inference components only, which are not made here: give instances with min and max";
export const enableSsmAccess =
  "shells in serving containers stay off, as AWS has it; who needs one sets it by a transform, and lets the role do what Systems Manager asks for: remove it";

/** Settings that AWS takes on some instance types only. `type` is the variant's own, or the one it has by default. */
export function checkInstanceSettings(type: unknown, settings: InstanceSettingsArgs, path: string, problems: Problems): void {
  const { volumeSizeInGb, inferenceAmiVersion } = settings;
  if (typeof type !== "string") {
    return;
  }
  checkVolume(type, volumeSizeInGb, path, problems);
  const isKnown = typeof inferenceAmiVersion === "string" && Object.hasOwn(amiFamilies, inferenceAmiVersion);
  const families = isKnown ? amiFamilies[inferenceAmiVersion] : undefined;
  if (families !== undefined && !families.test(type)) {
    problems.add(
      join(path, "inferenceAmiVersion"),
      `got ${show(inferenceAmiVersion)} for ${type}, which has no such accelerator; give an instance type that has one, or remove it`,
    );
  }
}

/** A volume of a given size is a volume of its own, which instances with local disks do not get. */
export function checkVolume(type: unknown, volumeSizeInGb: unknown, path: string, problems: Problems): void {
  if (volumeSizeInGb !== undefined && !isLater(volumeSizeInGb) && typeof type === "string" && hasLocalStorage(type)) {
    problems.add(
      join(path, "volumeSizeInGb"),
      `got ${show(volumeSizeInGb)} for ${type}, whose disks are its own and of a fixed size; remove it, or choose a type without, such as "ml.m5.large"`,
    );
  }
}

/** Instances of one variant with all defaults, times in seconds. Undefined where AWS decides. */
export interface InstanceSpec {
  readonly instanceType: string;
  /** Bounds outside of any schedule. The least is also what a new endpoint begins with. */
  readonly minInstances: number;
  readonly maxInstances: number;
  /** Bounds over all of the schedule. */
  readonly widest: { readonly min: number; readonly max: number };
  /** Whether the number follows a load or a schedule. */
  readonly isScaled: boolean;
  readonly volumeSizeInGb: number | undefined;
  readonly startupTimeoutSeconds: number | undefined;
  readonly downloadTimeoutSeconds: number | undefined;
  readonly routing: string | undefined;
  readonly inferenceAmiVersion: string | undefined;
}
