import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Slipway's own folder: where its package.json is, whether this runs from source, from dist/ or from node_modules. */
export function packageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, "utf8")) as { name?: string }).name === "slipway") return folder;
    if (dirname(folder) === folder)
      throw new Error(`Slipway's package.json is in no folder above ${from}; the installation is incomplete.`);
  }
}
