import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../../../tools/package-root";
import { manifestFile } from "../process-manifest";
import type { FrameworkImage } from "./framework-image";

/** File of the context that names the framework, in any version not below AWS's, and what AWS has beside it. */
export const frameworkRequirements = "framework-requirements.txt";

/**
 * Fills a folder with the context of an image that stands for one of AWS's: the kit, and the framework in the version nearest to AWS's that
 * has packages for this machine's Python. The code is not in it: jobs and models bring theirs.
 */
export async function writeAdapterContext(folder: string, { repository, version }: FrameworkImage): Promise<void> {
  const kit = join(packageRoot(), "container");
  await mkdir(join(folder, "kit"), { recursive: true });
  await cp(join(kit, "src"), join(folder, "kit", "src"), { recursive: true, filter: (path) => !/__pycache__|\.egg-info/.test(path) });
  await cp(join(kit, "requirements.txt"), join(folder, "kit", "requirements.txt"));
  await writeFile(join(folder, frameworkRequirements), `${[`${repository.package}>=${version}`, ...repository.beside].join("\n")}\n`);
  const manifest = {
    requirements: ["kit/requirements.txt", frameworkRequirements],
    // The lowest version that is allowed and has packages is the one nearest to AWS's.
    resolution: "lowest-direct",
    constraints: ["kit/requirements.txt"],
    pythonPath: ["kit/src"],
    serve: ["python", "-m", "slipway_kit", "serve"],
    train: ["python", "-m", "slipway_kit", "train"],
    environment: {},
  };
  await writeFile(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
}
