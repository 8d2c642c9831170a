import type { Regions } from "../control-plane/regions";
import type { ImageStore, LocalImage } from "./image-store";

/** The images that models and model packages of any region name, as far as they were built here. */
export function usedImages(regions: Pick<Regions, "all">, images: Pick<ImageStore, "resolve">): LocalImage[] {
  const records = regions.all().flatMap(({ models, modelPackages }) => [...models.list(), ...modelPackages.list()]);
  // Containers are in several members of either record, and at several depths.
  const named = [...JSON.stringify(records).matchAll(/"Image":("(?:[^"\\]|\\.)*")/g)].map(([, name = '""']) => String(JSON.parse(name)));
  return [...new Set(named)].flatMap((name) => images.resolve(name) ?? []);
}
