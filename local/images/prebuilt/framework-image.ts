import { type FrameworkRepository, frameworkRepositories } from "./registries";

/** One of AWS's prebuilt images for training and inference scripts, by its name. */
export interface FrameworkImage {
  readonly repository: FrameworkRepository;
  /** Such as `1.2.1`; as exact as the tag is, where no table tells more. */
  readonly version: string;
  /** Python of AWS's image when its tag tells it, such as `3.10`. */
  readonly python: string | undefined;
  readonly gpu: boolean;
}

/** AWS's repository of framework images that an image name, or its part before the tag, is of; `undefined` for any other name. */
export function frameworkRepository(uri: string): FrameworkRepository | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.[a-z0-9-]+\.[a-z0-9.]+\/([^:@/]+)(?:[:@]|$)/.exec(uri);
  const [, account = "", name = ""] = match ?? [];
  return frameworkRepositories.find(({ repository, accounts }) => repository === name && Object.values(accounts).includes(account));
}

/** What AWS's image of that name holds; `undefined` for any other name, and for one without a tag that begins with a version. */
export function frameworkImage(uri: string): FrameworkImage | undefined {
  const repository = frameworkRepository(uri);
  const tag = /:([^:@/]+)$/.exec(uri)?.[1] ?? "";
  const match = /^(\d+\.\d+(?:\.\d+)?)(-\d+)?(?:-(cpu|gpu))?(?:-py(\d+))?(?:-|$)/.exec(tag);
  if (repository === undefined || match === null) {
    return undefined;
  }
  const [, version = "", build = "", processor, python = ""] = match;
  return {
    repository,
    version: repository.versions[`${version}${build}`] ?? version,
    python: python.length > 1 ? `${python.slice(0, 1)}.${python.slice(1)}` : undefined,
    gpu: processor === "gpu",
  };
}

/** What can be named as an image without Docker, for messages. */
export function servedRepositories(): string {
  return frameworkRepositories.map(({ repository, exampleTag }) => `${repository}:${exampleTag}`).join(", ");
}
