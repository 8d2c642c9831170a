import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ModelImage, type ModelImageArgs } from "../../../components";
import { buildPath } from "../../../components/component";
import type { RecordedResources } from "../../../components/recorded-state";
import { MockedEngine } from "../../support/mocks";
import { platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";

const name = `layers-${process.pid}`;
const component = `urn:pulumi:test::slipway::slipway:index:ModelImage::${name}`;
const image = `urn:pulumi:test::slipway::slipway:index:ModelImage$docker:index/image:Image::${name}`;
const before = `${platform.repositoryUrl}:${name}-0000000000000000`;
const earlier = `${platform.repositoryUrl}:${name}-ffffffffffffffff`;

let code: string;
beforeEach(() => {
  mkdirSync(buildPath(""), { recursive: true });
  code = relative(process.cwd(), mkdtempSync(buildPath("layers-")));
  writeFileSync(join(code, "model.py"), "");
});
afterEach(() => {
  rmSync(code, { recursive: true });
  rmSync(buildPath(name), { recursive: true, force: true });
  rmSync(`${buildPath(name)}.hash`, { force: true });
});

/** What is planned for the image in a stack that has these resources. */
async function planned(recorded: RecordedResources, more: Partial<ModelImageArgs> = {}): Promise<{ imageName: string; build: unknown }> {
  const engine = await MockedEngine.start(true, recorded);
  await promiseOf(new ModelImage(name, { platform, code, ...more }).uri);
  await MockedEngine.settled();
  const { imageName, build } = engine.one("docker:index/image:Image").inputs;
  return { imageName: String(imageName), build };
}
const plain = { context: `.slipway/build/${name}`, platform: "linux/amd64", args: {} };
const from = (cached: string) => ({ ...plain, args: { BUILDKIT_INLINE_CACHE: "1" }, cacheFrom: { images: [cached] } });

describe("the layers of an image", () => {
  test("are taken from nothing when it is the first", async () => {
    expect((await planned({})).build).toEqual(plain);
  });

  test("are taken from its predecessor in the repository, which says which layers it has", async () => {
    expect((await planned({ [image]: { outputs: { imageName: before } } })).build).toEqual(from(before));
    const own = { [component]: { outputs: { imageName: before, layersFrom: earlier } } };
    expect((await planned({ ...own, [image]: { outputs: { imageName: before } } })).build).toEqual(from(before));
  });

  test("are planned as they were when nothing has changed, so that nothing is built", async () => {
    const { imageName } = await planned({});
    const recorded = (layersFrom: string | undefined) => ({
      [component]: { outputs: { imageName, layersFrom } },
      [image]: { outputs: { imageName } },
    });
    expect(await planned(recorded(undefined))).toEqual({ imageName, build: plain });
    expect(await planned(recorded(earlier))).toEqual({ imageName, build: from(earlier) });
    // What was deployed before layers were recorded.
    expect(await planned({ [component]: { outputs: {} }, [image]: { outputs: { imageName } } })).toEqual({ imageName, build: plain });
  });

  test("are planned as they were built when an update ended before the component was recorded", async () => {
    const { imageName } = await planned({});
    const recorded = { [component]: { outputs: { imageName: before, layersFrom: earlier } }, [image]: { outputs: { imageName } } };
    expect(await planned(recorded)).toEqual({ imageName, build: from(before) });
  });
});

describe("the name of an image", () => {
  const later = (recorded: string) => ({ [image]: { outputs: { imageName: recorded } } });

  test("is made of its content, with the time behind it when it follows another image, which may have had the same content before", async () => {
    const { imageName } = await planned({});
    expect(imageName).toMatch(new RegExp(`^${platform.repositoryUrl}:${name}-[0-9a-f]{16}$`));
    const next = await planned(later(before));
    expect(next.imageName).toMatch(new RegExp(`^${imageName}-[0-9a-z]{8}$`));
    const again = await planned(later(`${before}-mbcdefgh`));
    expect(again.imageName).toMatch(new RegExp(`^${imageName}-[0-9a-z]{8}$`));
  });

  test("stays as long as the content does, so that nothing is built", async () => {
    const { imageName } = await planned({});
    for (const recorded of [imageName, `${imageName}-mbcdefgh`]) {
      expect((await planned(later(recorded))).imageName).toBe(recorded);
    }
  });

  test("does not depend on where its layers come from", async () => {
    const { imageName } = await planned({}, { buildArguments: { A: "1" } });
    const next = await planned(later(before), { buildArguments: { A: "1" } });
    expect(next.imageName.startsWith(`${imageName}-`)).toBe(true);
    expect(next.build).toEqual({ ...from(before), args: { A: "1", BUILDKIT_INLINE_CACHE: "1" } });
  });
});
