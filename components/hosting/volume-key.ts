import { join } from "../arguments";
import { Problems } from "../errors/problems";
import { hasLocalStorage } from "../instance-storage";
import type { RealtimeArgs } from "./endpoint-spec";

/**
 * A key encrypts the volumes of all variants, and AWS takes none when the disks of one are its instances' own. So with a key all variants have such disks,
 * or none has.
 */
export function checkVolumeKey(realtime: RealtimeArgs, path: string, problems: Problems): void {
  const mixed = (type: string | undefined) => typeof type === "string" && hasLocalStorage(type) !== hasLocalStorage(realtime.instanceType);
  for (const [name, variant] of [
    ...Object.entries(realtime.variants ?? {}).map(([key, each]) => [`variants.${key}`, each] as const),
    ["shadow", realtime.shadow] as const,
  ]) {
    if (mixed(variant?.instanceType)) {
      problems.add(join(path, `${name}.instanceType`), mixture(String(variant?.instanceType), realtime.instanceType));
    }
  }
}

/** The key of a configuration whose variants are on these types. Throws for a mixture, which is seen before unless the platform is known only now. */
export function volumeKey(name: string, key: string | undefined, types: readonly string[]): string | undefined {
  const own = types.find(hasLocalStorage);
  const other = types.find((type) => !hasLocalStorage(type));
  if (key !== undefined && own !== undefined && other !== undefined) {
    const problems = new Problems();
    problems.add("realtime.instanceType", mixture(own, other));
    problems.throwIfAny("Endpoint", name);
  }
  return own === undefined ? key : undefined;
}

function mixture(type: string, other: string): string {
  const [own, volumes] = hasLocalStorage(type) ? [type, other] : [other, type];
  return `got "${type}" beside ${other} on a platform with a key; AWS takes no key for the disks of ${own}, and the volumes of ${volumes} would have none: choose types of one sort for all variants`;
}
