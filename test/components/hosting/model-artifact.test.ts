import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ModelArtifact } from "../../../components";
import { buildPath } from "../../../components/component";
import { writeModelArchive } from "../../../components/hosting/archive";
import { filesOf } from "../../../components/storage/content-hash";
import { MockedEngine } from "../../support/mocks";
import { platform } from "../../support/platform";
import { promiseOf, refusalOf } from "../../support/promise-of";

describe("model data", () => {
  let engine: MockedEngine;
  let folder: string;
  const model = `artifact-${process.pid}`;
  beforeEach(async () => {
    engine = await MockedEngine.start();
    folder = mkdtempSync(join(tmpdir(), "slipway-model-"));
    writeFileSync(join(folder, "weights.bin"), "1234");
  });
  afterEach(async () => {
    await MockedEngine.settled();
    rmSync(folder, { recursive: true });
  });

  test("of a folder is an archive under a key made of its content", async () => {
    const artifact = new ModelArtifact("a", { platform, model, source: relative(process.cwd(), folder) });
    const uri = await promiseOf(artifact.uri);
    expect(uri).toMatch(new RegExp(`^s3://shop-artifacts/models/${model}/[0-9a-f]{16}/model\\.tar\\.gz$`));
    const { key, source } = engine.one("aws:s3/bucketObjectv2:BucketObjectv2").inputs;
    expect(uri).toBe(`s3://shop-artifacts/${String(key)}`);
    expect(pulumi.asset.FileAsset.isInstance(source)).toBe(true);
  });

  test("is the same bytes for the same files, whenever they were written", async () => {
    const first = readFileSync(await writeModelArchive(model, filesOf(folder), "first"));
    utimesSync(join(folder, "weights.bin"), 1, 1);
    expect(readFileSync(await writeModelArchive(model, filesOf(folder), "second"))).toEqual(first);
    for (const hash of ["first", "second"]) {
      rmSync(buildPath(`${model}-${hash}`), { recursive: true });
    }
  });

  test.each(["s3://weights/whisper/model.tar.gz", "s3://weights/whisper/"])("in S3 is used as given (%s)", async (source) => {
    expect(await promiseOf(new ModelArtifact("a", { platform, model, source }).uri)).toBe(source);
    await MockedEngine.settled();
    expect(engine.names()).toEqual(["slipway:index:ModelArtifact a"]);
  });

  test.each([
    [
      "s3://weights/model.zip",
      'source: got "s3://weights/model.zip"; allowed is s3://<bucket>/<key>.tar.gz, or s3://<bucket>/<prefix>/ for a model that is not packed',
    ],
    ["models/none", 'source: got "models/none"; there is no such folder or file in the project; an S3 URI begins with s3://'],
  ])("at %s is refused", (source, fault) => {
    expect(refusalOf(() => new ModelArtifact("a", { platform, model, source }))).toContain(fault);
  });
});
