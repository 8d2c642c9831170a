import { resolve } from "node:path";
import { imageFailureMessage } from "../../components/registry/image-failure";
import { parseImageReference } from "../images/image-reference";
import type { ImageBuild, ImageStore, LocalImage } from "../images/image-store";
import { frameworkImage } from "../images/prebuilt/framework-image";
import { DockerFailed, docker } from "./docker-command";
import { dockerStandIn } from "./docker-stand-in";

export interface DockerBuildOptions {
  /** `name=value`; tells which state folder an image is of. */
  readonly label: string;
  /** Build argument BASE_IMAGE for Dockerfiles that have it; the Dockerfile's own default when left out. */
  readonly baseImage?: string;
  /** Further flags of `docker build`, such as `--network=host`. */
  readonly buildFlags?: readonly string[];
}

/** Builds an image unless the engine has it; resolves to its id. */
export async function buildImage(image: LocalImage, build: ImageBuild, options: DockerBuildOptions): Promise<string> {
  if (image.dockerImageId !== undefined && (await exists(image.dockerImageId))) {
    return image.dockerImageId;
  }
  const tag = `slipway-local:${image.digest.replace("sha256:", "").slice(0, 32)}`;
  const args = { ...(options.baseImage === undefined ? {} : { BASE_IMAGE: options.baseImage }), ...build.args };
  await docker([
    "build",
    ...(options.buildFlags ?? []),
    ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...(build.platform === undefined ? [] : ["--platform", build.platform]),
    ...(build.dockerfile === undefined ? [] : ["--file", resolve(image.context, build.dockerfile)]),
    ...(build.target === undefined ? [] : ["--target", build.target]),
    "--label",
    options.label,
    "--tag",
    tag,
    image.context,
  ]).catch((error: unknown) => {
    throw new Error(imageFailureMessage(build.imageName, error instanceof DockerFailed ? error.output : String(error)));
  });
  return docker(["image", "inspect", "--format", "{{.Id}}", tag]);
}

/**
 * An image that the engine has, or can pull from its registry; for one of AWS's framework images that it cannot pull, what stands for it.
 * Rejects with the reason, and what would do.
 */
export async function pullImage(uri: string, store: Pick<ImageStore, "build">, tell: (line: string) => void): Promise<LocalImage> {
  const { repository, tag } = parseImageReference(uri);
  if (!(await exists(uri))) {
    tell(`pulling ${uri}`);
    const failure = await docker(["pull", "--quiet", uri]).then(
      () => undefined,
      (error: unknown) => error,
    );
    const framework = failure === undefined ? undefined : frameworkImage(uri);
    if (framework !== undefined) {
      tell(
        `Docker cannot pull it (${lastLine(failure)}): the Slipway kit with ${framework.repository.framework} stands for it.${login(uri)}`,
      );
      return dockerStandIn(uri, framework, store, tell);
    }
    if (failure !== undefined) {
      throw new Error(
        `it was not built on this machine, and Docker cannot pull it (${lastLine(failure)}).${login(uri)} Or build it, or pull it yourself`,
      );
    }
  }
  const dockerImageId = await docker(["image", "inspect", "--format", "{{.Id}}", uri]);
  const digests = await docker(["image", "inspect", "--format", '{{join .RepoDigests " "}}', uri]);
  const known = digests.split(" ").find((each) => each.startsWith(`${repository}@`));
  return {
    uri: known ?? uri,
    repository,
    digest: known?.split("@")[1] ?? dockerImageId,
    context: "",
    dockerImageId,
    ...(tag === undefined ? {} : { tag }),
  };
}

/** Removes the images with this label that were built before `before` and are none of `kept`; returns how many. */
export async function pruneImages(label: string, kept: ReadonlySet<string>, before: number): Promise<number> {
  const listed = await docker(["image", "ls", "--no-trunc", "--quiet", "--filter", `label=${label}`]);
  let removed = 0;
  for (const id of new Set(listed.split("\n").filter((line) => line !== "" && !kept.has(line)))) {
    const created = Date.parse(await docker(["image", "inspect", "--format", "{{.Created}}", id]).catch(() => ""));
    // One that a container still uses stays: the engine refuses.
    if (
      created < before &&
      (await docker(["image", "rm", "--force", id]).then(
        () => true,
        () => false,
      ))
    ) {
      removed++;
    }
  }
  return removed;
}

async function exists(name: string): Promise<boolean> {
  return docker(["image", "inspect", "--format", "{{.Id}}", name]).then(
    () => true,
    () => false,
  );
}

/** How Docker gets at a registry of AWS's, which wants a login even for images that are everyone's; empty for other registries. */
function login(uri: string): string {
  const [registry = ""] = uri.split("/");
  const region = /\.dkr\.ecr\.([a-z0-9-]+)\./.exec(registry)?.[1];
  return region === undefined
    ? ""
    : ` To pull it, Docker must be logged in there: aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${registry}.`;
}

function lastLine(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n").at(-1)?.trim() ?? "") : String(error);
}
