/** Platforms that images are built for and instances run. */
export const architectures = ["linux/amd64", "linux/arm64"] as const;
export type Architecture = (typeof architectures)[number];

/** Families with Graviton processors have a `g` behind their generation; those named after a GB chip of NVIDIA's have its Arm processor. */
const armFamilies = /^ml\.([a-z]+\d+g[a-z]*|[a-z]+\d+e?-gb\d+)\./;

/** What the processors of an instance type run. */
export function architectureOf(instanceType: string): Architecture {
  return armFamilies.test(instanceType) ? "linux/arm64" : "linux/amd64";
}

/** What computes on an instance: its processors, GPUs, or AWS's own accelerators. */
export function acceleratorOf(instanceType: string): "cpu" | "gpu" | "neuron" {
  if (/^ml\.(inf|trn)\d/.test(instanceType)) {
    return "neuron";
  }
  return /^ml\.(g|gr|p)\d/.test(instanceType) ? "gpu" : "cpu";
}
