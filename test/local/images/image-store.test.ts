import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Region } from "../../../local/control-plane/region";
import { FileImageStore, type ImageBuild, type LocalImage } from "../../../local/images/image-store";
import { usedImages } from "../../../local/images/used-images";
import { scratchFolder } from "../support/scratch";

const scratch = scratchFolder();
const imageName = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris:1";

/** An engine that builds, and from which images can be lost. */
class Engine {
  readonly images = new Set<string>();
  readonly built: ImageBuild[] = [];

  async prepare(image: LocalImage, build: ImageBuild): Promise<{ dockerImageId: string }> {
    if (image.dockerImageId !== undefined && this.images.has(image.dockerImageId)) return { dockerImageId: image.dockerImageId };
    const dockerImageId = `sha256:${this.built.push(build)}`;
    this.images.add(dockerImageId);
    return { dockerImageId };
  }
}

function contextOf(name: string): string {
  const context = join(scratch, name, "context");
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, "Dockerfile"), `FROM ${name}\n`);
  return context;
}

it("an image that the engine has lost is built again as it was, also by the next daemon", async () => {
  const engine = new Engine();
  const folder = join(scratch, "lost", "images");
  const first = await FileImageStore.open(folder, engine);
  await first.build({ imageName, context: contextOf("lost"), args: { BASE_IMAGE: "base" }, platform: "linux/amd64" });
  expect((await first.pull(imageName, () => undefined)).dockerImageId).toBe("sha256:1");
  engine.images.clear();
  const second = await FileImageStore.open(folder, engine);
  expect((await second.pull(imageName, () => undefined)).dockerImageId).toBe("sha256:2");
  expect(engine.built[1]).toMatchObject({ imageName, args: { BASE_IMAGE: "base" }, platform: "linux/amd64" });
  expect(engine.built).toHaveLength(2);
  expect((await FileImageStore.open(folder, engine)).resolve(imageName)?.dockerImageId).toBe("sha256:2");
});

it("the same files make one image for each set of build arguments, stage and Dockerfile, and one that is built again finds its Dockerfile", async () => {
  const engine = new Engine();
  const store = await FileImageStore.open(join(scratch, "settings", "images"), engine);
  const context = contextOf("settings");
  mkdirSync(join(context, "docker"));
  writeFileSync(join(context, "docker", "gpu"), "FROM gpu\n");
  const builds = [
    {},
    { args: { A: "1" } },
    { args: { A: "2" } },
    { target: "a" },
    { platform: "linux/arm64" },
    { dockerfile: join(context, "docker", "gpu") },
  ];
  const digests: string[] = [];
  for (const [index, build] of builds.entries()) {
    digests.push((await store.build({ imageName: `${imageName}${index}`, context, ...build })).digest);
  }
  expect(new Set(digests).size).toBe(builds.length);
  expect(engine.built).toHaveLength(builds.length);
  const plain = { dockerfile: join(context, "Dockerfile"), platform: "linux/amd64", args: {} };
  expect((await store.build({ imageName, context, ...plain })).digest).toBe(digests[0]);
  engine.images.clear();
  await store.pull(`${imageName}5`, () => undefined);
  expect(engine.built.at(-1)).toMatchObject({ dockerfile: "docker/gpu" });
});

it("an image is in use when a model or a model package of any region names it, by tag or digest", async () => {
  const store = await FileImageStore.open(join(scratch, "used", "images"), new Engine());
  const build = (name: string) => store.build({ imageName: imageName.replace("iris", name), context: contextOf(name) });
  const [byTag, byDigest, packaged] = [await build("by-tag"), await build("by-digest"), await build("packaged")];
  await build("unused");
  const [europe, america] = ["eu-west-1", "us-east-1"].map((name) => new Region(name, "123456789012", join(scratch, "used", name)));
  const regions = { all: () => [europe, america].flatMap((region) => region ?? []) };
  const put = (region: Region | undefined, kind: "models" | "modelPackages", name: string, request: object) =>
    region?.[kind].put(name, { name, arn: name, createdAt: 0, request } as never);
  await put(europe, "models", "one", { PrimaryContainer: { Image: `${byTag.repository}:1` } });
  await put(america, "models", "two", { Containers: [{ Image: byDigest.uri }, { Image: "elsewhere:1" }] });
  await put(america, "modelPackages", "three", { InferenceSpecification: { Containers: [{ Image: packaged.uri }] } });
  expect(usedImages(regions, store).map(({ repository }) => repository.split("/")[1])).toEqual(
    expect.arrayContaining(["by-tag", "by-digest", "packaged"]),
  );
  expect(usedImages(regions, store)).toHaveLength(3);
});
