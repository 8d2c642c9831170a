/**
 * Memory of ML instance types, which is that of the EC2 types without `ml.`: GiB of a family's `xlarge`, of which other sizes are multiples.
 * Source: aws.amazon.com/ec2/instance-types.
 */
const gibPerXlarge: Readonly<Record<string, number>> = {
  ...{ t2: 16, t3: 16, m4: 16, m5: 16, m5d: 16, m6g: 16, m6gd: 16, m6i: 16, m6id: 16, m7i: 16, m7g: 16 },
  ...{ c4: 7.5, c5: 8, c5d: 8, c6g: 8, c6gd: 8, c6i: 8, c6id: 8, c7i: 8, c7g: 8 },
  ...{ r5: 32, r5d: 32, r6g: 32, r6gd: 32, r6i: 32, r6id: 32, r7i: 32, r7g: 32 },
  ...{ g4dn: 16, g5: 16, g6: 16, g6e: 32, p2: 61, p3: 30.5, p4d: 48, p4de: 48, inf1: 8, inf2: 16, trn1: 16, trn1n: 16 },
};

/** Sizes whose memory is not that multiple. */
const exceptions: Readonly<Record<string, number>> = {
  "c5n.large": 5.25,
  "c5n.xlarge": 10.5,
  "c5n.2xlarge": 21,
  "c5n.4xlarge": 42,
  "c5n.9xlarge": 96,
  "c5n.18xlarge": 192,
  "p2.16xlarge": 732,
  "p3dn.24xlarge": 768,
  "p5.48xlarge": 2_048,
  "p5e.48xlarge": 2_048,
  "p5en.48xlarge": 2_048,
};

/** Bytes of an ML instance type such as `ml.m5.large`; `undefined` for one that is not known here. */
export function instanceMemory(instanceType: string): number | undefined {
  const match = /^ml\.([a-z0-9-]+)\.(medium|large|(\d*)xlarge)$/.exec(instanceType);
  const [, family = "", size = "", multiple = ""] = match ?? [];
  const perXlarge = gibPerXlarge[family];
  const xlarges = size === "medium" ? 0.25 : size === "large" ? 0.5 : Number(multiple === "" ? 1 : multiple);
  const gib = exceptions[`${family}.${size}`] ?? (perXlarge === undefined ? undefined : perXlarge * xlarges);
  return match === null || gib === undefined ? undefined : gib * 1_024 ** 3;
}

/** The member `memoryBytes` of a container's specification, for an instance type that is known. */
export function memoryOf(instanceType: string | undefined): { readonly memoryBytes?: number } {
  const memoryBytes = instanceMemory(instanceType ?? "");
  return memoryBytes === undefined ? {} : { memoryBytes };
}
