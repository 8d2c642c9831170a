import { expect, it } from "vitest";
import { instanceMemory } from "../../../local/containers/instance-memory";

it.each([
  ["ml.t2.medium", 4],
  ["ml.m5.large", 8],
  ["ml.m5.xlarge", 16],
  ["ml.m5.24xlarge", 384],
  ["ml.c4.large", 3.75],
  ["ml.c5.18xlarge", 144],
  ["ml.c5n.9xlarge", 96],
  ["ml.r5.2xlarge", 64],
  ["ml.g4dn.16xlarge", 256],
  ["ml.g5.48xlarge", 768],
  ["ml.p3.2xlarge", 61],
  ["ml.p4d.24xlarge", 1_152],
  ["ml.inf1.6xlarge", 48],
  ["ml.trn1.32xlarge", 512],
])("%s has %d GiB", (instanceType, gib) => {
  expect(instanceMemory(instanceType)).toBe(gib * 1_024 ** 3);
});

it.each(["m5.large", "ml.zz9.large", "ml.m5.huge", ""])("%s is not known", (instanceType) => {
  expect(instanceMemory(instanceType)).toBeUndefined();
});
