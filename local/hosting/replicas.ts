import { availableParallelism, totalmem } from "node:os";

/** Memory a replica is expected to need at most; the second and later ones are started only where there is that much for each. */
const replicaBytes = 2 * 1_024 ** 3;

/** Most containers of one variant on a machine: one per core and one per 2 GiB of its memory. */
export function mostReplicas(cores: number = availableParallelism(), memoryBytes: number = totalmem()): number {
  return Math.max(1, Math.min(cores, Math.floor(memoryBytes / replicaBytes)));
}

/** How many containers run for a declared number of instances; with a part of them (0 to 1), that part, and at least one. */
export function localReplicas(declared: number, most: number, part = 1): number {
  const all = Math.min(declared, most);
  return part >= 1 ? all : Math.min(all, Math.max(1, Math.ceil(all * part)));
}
