import { availableParallelism, totalmem } from "node:os";

/** Memory a replica is expected to need at most; the second and later ones are started only where there is that much for each. */
const replicaBytes = 2 * 1_024 ** 3;

/** How many containers of one variant run on this machine: the declared number, at most one per core and one per 2 GiB of its memory. */
export function localReplicas(declared: number): number {
  return Math.min(declared, Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / replicaBytes))));
}
