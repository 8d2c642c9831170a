import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { writeFileAtomic } from "../state/atomic-file";
import { contextDigest } from "./context-digest";
import { parseImageReference } from "./image-reference";
import { frameworkRepository } from "./prebuilt/framework-image";
import { type ProcessManifest, readManifest } from "./process-manifest";

/** An image that can run on this machine. */
export interface LocalImage {
  /** `repository@sha256:digest`. */
  readonly uri: string;
  readonly repository: string;
  readonly tag?: string;
  /** `sha256:` and the hash of the context and of what it is built with. */
  readonly digest: string;
  /** Absolute path of a copy of the build context that nobody changes. */
  readonly context: string;
  readonly manifest?: ProcessManifest;
  /** Set when a Docker engine built it. */
  readonly dockerImageId?: string;
  /** How it was built, to build it again when the engine has lost it. */
  readonly settings?: BuildSettings;
}

export type BuildSettings = Pick<ImageBuild, "dockerfile" | "args" | "platform" | "target">;

export interface ImageBuild {
  /** Repository and tag, such as `…/slipway/iris:1a2b3c`. */
  readonly imageName: string;
  /** Folder with everything the image is built from. */
  readonly context: string;
  /** Path of the Dockerfile, relative to the context or absolute; `Dockerfile` in the context when left out. */
  readonly dockerfile?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly platform?: string;
  /** The stage to build; the last one when left out. */
  readonly target?: string;
}

export interface ImageStore {
  /** Makes an image from a folder; the same content gives the same image at once. Rejects with the last lines of a failing build. */
  build(build: ImageBuild): Promise<LocalImage>;
  /** The image of a `repository:tag` or `repository@sha256:digest`; `undefined` when it was not built here. */
  resolve(uri: string): LocalImage | undefined;
  /**
   * The image of a name, got from elsewhere when it was not built here: Docker pulls it; where that fails, and without Docker, the kit
   * stands for AWS's framework images. `tell` is told what stands for what. Rejects with the reason, and what would do.
   */
  pull(uri: string, tell: (line: string) => void): Promise<LocalImage>;
}

/** What a runner does with a context beside keeping it: install its requirements, or build it with Docker. */
export interface ImageBuilder {
  prepare(image: LocalImage, build: ImageBuild): Promise<{ readonly dockerImageId?: string }>;
  /** Gets an image that was not built here. Rejects with the reason, and what would do. */
  provide?(uri: string, store: Pick<ImageStore, "build">, tell: (line: string) => void): Promise<LocalImage>;
}

/** A Dockerfile of the context is found in the copy of it too, when the image is built again. */
function ownSettings(context: string, settings: BuildSettings): BuildSettings {
  const { dockerfile } = settings;
  const inside = dockerfile === undefined || !isAbsolute(dockerfile) ? dockerfile : relative(context, dockerfile);
  return inside === undefined || inside.startsWith("..") ? settings : { ...settings, dockerfile: inside };
}

const usual = { dockerfile: "Dockerfile", platform: "linux/amd64" } as const;

/** The same files make another image with other build arguments, or of another stage. */
function imageDigest(
  content: string,
  { args = {}, target, dockerfile = usual.dockerfile, platform = usual.platform }: BuildSettings,
): string {
  const named = Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1));
  if (named.length === 0 && target === undefined && dockerfile === usual.dockerfile && platform === usual.platform) {
    return content;
  }
  return createHash("sha256")
    .update(JSON.stringify([content, named, target ?? null, dockerfile, platform]))
    .digest("hex");
}

/** Keeps images in `<state>/images/<digest>`: the context's copy in `context/`, what is known of it in `image.json`. */
export class FileImageStore implements ImageStore {
  private readonly byDigest = new Map<string, LocalImage>();
  private readonly byName = new Map<string, LocalImage>();

  private constructor(
    private readonly folder: string,
    private readonly builder: ImageBuilder,
  ) {}

  static async open(folder: string, builder: ImageBuilder): Promise<FileImageStore> {
    const store = new FileImageStore(folder, builder);
    await mkdir(folder, { recursive: true });
    for (const entry of (await readdir(folder)).sort()) {
      const text = await readFile(join(folder, entry, "image.json"), "utf8").catch(() => undefined);
      if (text === undefined) {
        await rm(join(folder, entry), { recursive: true, force: true });
        continue;
      }
      const saved = JSON.parse(text) as { names: string[]; dockerImageId?: string; settings?: BuildSettings };
      for (const name of saved.names) {
        store.remember(await store.describe(name, entry, saved.dockerImageId, saved.settings));
      }
    }
    return store;
  }

  async build(build: ImageBuild): Promise<LocalImage> {
    const { imageName, context, ...given } = build;
    const settings = ownSettings(context, given);
    const content = await contextDigest(context).catch((error: unknown) => {
      throw new Error(`the build context ${context} of image ${imageName} cannot be read: ${String(error)}`);
    });
    const digest = imageDigest(content, settings);
    await this.snapshot(context, digest);
    const known = this.byDigest.get(digest);
    const image = await this.describe(imageName, digest, known?.dockerImageId, settings);
    const { dockerImageId } = await this.builder.prepare(image, build);
    const built = dockerImageId === undefined ? image : { ...image, dockerImageId };
    this.remember(built);
    await this.save(built);
    return built;
  }

  resolve(uri: string): LocalImage | undefined {
    const { repository, tag, digest } = parseImageReference(uri);
    return digest === undefined ? this.byName.get(`${repository}:${tag ?? "latest"}`) : this.byDigest.get(digest);
  }

  async pull(uri: string, tell: (line: string) => void): Promise<LocalImage> {
    const known = this.resolve(uri);
    // What stands for an image of AWS's is made again each time: the kit it is made from may be another by now.
    if (known !== undefined && frameworkRepository(known.repository) === undefined) {
      return this.restored(known);
    }
    if (this.builder.provide === undefined) {
      throw new Error("it was not built on this machine");
    }
    return this.builder.provide(uri, this, tell);
  }

  /** An image as it can be run: one that the engine has lost, or that was removed because nothing used it, is built again. */
  private async restored(image: LocalImage): Promise<LocalImage> {
    const imageName = `${image.repository}:${image.tag ?? "latest"}`;
    const { dockerImageId } = await this.builder.prepare(image, { ...image.settings, imageName, context: image.context });
    if (dockerImageId === undefined || dockerImageId === image.dockerImageId) {
      return image;
    }
    const built = { ...image, dockerImageId };
    this.remember(built);
    await this.save(built);
    return built;
  }

  private async snapshot(context: string, digest: string): Promise<void> {
    const target = join(this.folder, digest);
    const temporary = join(this.folder, `.${digest}.${process.pid}.${Date.now()}`);
    if (this.byDigest.has(digest)) {
      return;
    }
    try {
      await cp(context, join(temporary, "context"), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      // Another build of the same content was faster: its copy is as good.
      if (!(error instanceof Error && "code" in error && (error.code === "ENOTEMPTY" || error.code === "EEXIST"))) {
        throw error;
      }
    }
  }

  private async describe(
    imageName: string,
    digest: string,
    dockerImageId: string | undefined,
    settings: BuildSettings | undefined,
  ): Promise<LocalImage> {
    const { repository, tag } = parseImageReference(imageName);
    const context = join(this.folder, digest, "context");
    const manifest = await readManifest(context);
    return {
      uri: `${repository}@sha256:${digest}`,
      repository,
      digest: `sha256:${digest}`,
      context,
      ...(tag === undefined ? {} : { tag }),
      ...(manifest === undefined ? {} : { manifest }),
      ...(dockerImageId === undefined ? {} : { dockerImageId }),
      ...(settings === undefined ? {} : { settings }),
    };
  }

  private remember(image: LocalImage): void {
    this.byDigest.set(image.digest.replace(/^sha256:/, ""), image);
    this.byName.set(`${image.repository}:${image.tag ?? "latest"}`, image);
  }

  private save({ digest, dockerImageId, settings }: LocalImage): Promise<void> {
    const names = [...this.byName].filter(([, image]) => image.digest === digest).map(([name]) => name);
    const path = join(this.folder, digest.replace(/^sha256:/, ""), "image.json");
    return writeFileAtomic(path, `${JSON.stringify({ names, dockerImageId, settings })}\n`);
  }
}
