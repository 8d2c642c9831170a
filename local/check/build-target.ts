import { join, relative, sep } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { DockerRunner } from "../containers/docker-runner";
import { contextDigest } from "../images/context-digest";
import type { ProcessRegister } from "../state/process-register";
import type { Target } from "./target";

export interface BuildTargetOptions {
  /** Holds the build context while it builds. */
  readonly workDir: string;
  readonly register: ProcessRegister;
  readonly baseImage?: string;
}

/**
 * The target with an image that the Docker engine has: a folder is built, with the kit's Dockerfile or with its own. Images that are named by
 * `slipway-local:<digest>` stay in the engine, so that the same content builds once. Throws SLIP-5022 with the build's last lines.
 */
export async function buildTarget(target: Target, { workDir, register, baseImage }: BuildTargetOptions): Promise<Target> {
  if (target.runner !== "docker" || target.image.dockerImageId !== undefined) return target;
  const context = target.kitCode === undefined ? target.image.context : await stageKit(target, target.kitCode, join(workDir, "context"));
  const image = { ...target.image, context, digest: `sha256:${await contextDigest(context)}` };
  const builder = new DockerRunner({
    stateDir: workDir,
    register,
    buildFlags: ["--network=host"],
    ...(baseImage === undefined ? {} : { baseImage }),
  });
  const { dockerImageId } = await builder.prepare(image, { imageName: target.name, context }).catch((error: unknown) => {
    const [message = "", ...rest] = (error instanceof Error ? error.message.replace(/^SLIP-5022 /, "") : String(error)).split("\n");
    const cure = rest.find((line) => line.startsWith("  fix  "))?.slice("  fix  ".length);
    const details = rest.filter((line) => !line.startsWith("  fix  ")).map((line) => line.trim());
    throw new SlipwayError("SLIP-5022", message, { received: target.name, details, ...(cure === undefined ? {} : { cure }) });
  });
  return { ...target, image: { ...image, dockerImageId } };
}

/** What `local up` builds an image from: the kit and the code, without the data it trains on. */
async function stageKit(target: Target, code: string, folder: string): Promise<string> {
  // Loaded here alone: it brings Pulumi with it, which a check of processes does without.
  const { writeContext } = await import("../../components/registry/image-context.js");
  const data = Object.values(target.channels).map((channel) => relative(code, channel).split(sep).join("/"));
  writeContext(
    folder,
    code,
    data.filter((path) => path !== "" && !path.startsWith("..")),
  );
  return folder;
}
