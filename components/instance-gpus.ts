/**
 * GPUs of SageMaker's instance types, by family and size (https://aws.amazon.com/sagemaker/pricing, https://docs.aws.amazon.com/dlami/latest/devguide/gpu.html).
 * Sizes that are not named have one.
 */
const gpus: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  g4dn: { "12xlarge": 4 },
  g5: { "12xlarge": 4, "24xlarge": 4, "48xlarge": 8 },
  g6: { "12xlarge": 4, "24xlarge": 4, "48xlarge": 8 },
  g6e: { "12xlarge": 4, "24xlarge": 4, "48xlarge": 8 },
  gr6: {},
  g7e: { "12xlarge": 2, "24xlarge": 4, "48xlarge": 8 },
  p2: { "8xlarge": 8, "16xlarge": 16 },
  p3: { "8xlarge": 4, "16xlarge": 8 },
  p3dn: { "24xlarge": 8 },
  p4d: { "24xlarge": 8 },
  p4de: { "24xlarge": 8 },
  p5: { "48xlarge": 8 },
  p5e: { "48xlarge": 8 },
  p5en: { "48xlarge": 8 },
  "p6-b200": { "48xlarge": 8 },
};

/** Number of GPUs of an instance type (`ml.g5.12xlarge`: 4); 0 for one without, or of a family that is not known here. */
export function gpuCount(instanceType: string): number {
  const [, family = "", size = ""] = instanceType.split(".");
  const sizes = Object.hasOwn(gpus, family) ? gpus[family] : undefined;
  return sizes === undefined ? 0 : (sizes[size] ?? 1);
}
