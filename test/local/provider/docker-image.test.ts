import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CheckError } from "../../../local/provider/errors";
import { Operations } from "../../../local/provider/operations";
import { Registry } from "../../../local/provider/registry";
import { UNKNOWN, type Values } from "../../../local/provider/values";
import { testContext } from "./context";

const TYPE = "docker:index/image:Image";
const operations = new Operations(new Registry());
const request = { logicalName: "image", seed: new Uint8Array() };

describe("a Docker image", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-image-"));
    mkdirSync(join(root, "context"));
    writeFileSync(join(root, "context", "Dockerfile"), "FROM scratch\n");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const inputs = { imageName: "repo/iris:1", build: { context: "context" }, registry: { server: "reg", username: "AWS", password: "one" } };
  const checked = (given: Values, olds: Values = {}) => operations.check(testContext({ root }), TYPE, given, olds, request);

  it("is built from its context, and its digest is what others refer to", async () => {
    const context = testContext({ root });
    const { id, outputs } = await operations.create(context, TYPE, await checked(inputs), false);
    expect(id).toBe("repo/iris:1");
    expect(outputs).toMatchObject({
      imageName: "repo/iris:1",
      baseImageName: "repo/iris:1",
      repoDigest: "repo/iris@sha256:1",
      registryServer: "reg",
      context: "context",
      dockerfile: "Dockerfile",
    });
    expect(context.built).toEqual(["repo/iris:1"]);
  });

  it("is built again when a file of its context changed, its name or its arguments; and its digest is unknown until then", async () => {
    const olds = await checked(inputs);
    writeFileSync(join(root, "context", "model.py"), "new");
    const news = await checked(inputs);
    const change = { id: "repo/iris:1", olds, news, state: { ...olds, repoDigest: "repo/iris@sha256:1" } };
    expect(operations.diff(testContext(), TYPE, change, []).differences).toEqual([
      { path: "build.contextDigest", kind: "update", replaces: false },
    ]);
    expect((await operations.update(testContext(), TYPE, change, true)).repoDigest).toBe(UNKNOWN);
    const renamed = { ...change, news: { ...olds, imageName: "repo/iris:2" } };
    expect(operations.diff(testContext(), TYPE, renamed, []).differences).toEqual([{ path: "imageName", kind: "update", replaces: false }]);
  });

  it("is not built again because the registry gave another password", async () => {
    const olds = await checked(inputs);
    const news = await checked({ ...inputs, registry: { server: "reg", username: "AWS", password: "two" } });
    expect(operations.diff(testContext(), TYPE, { id: "x", olds, news, state: olds }, []).differences).toEqual([]);
  });

  it("whose folder or Dockerfile is missing is refused at that property", async () => {
    const noFolder = await checked({ imageName: "x", build: { context: "nowhere" } }).catch((error: unknown) => error);
    expect((noFolder as CheckError).faults).toEqual([
      {
        property: "build.context",
        reason: `the folder nowhere is not there (looked for ${join(root, "nowhere")}); it must hold the Dockerfile and all it copies`,
      },
    ]);
    const noFile = await checked({ imageName: "x", build: { context: "context", dockerfile: "Other" } }).catch((error: unknown) => error);
    expect((noFile as CheckError).faults).toEqual([
      {
        property: "build.dockerfile",
        reason: `there is no ${join(root, "Other")}; the path is relative to the project, not to the context`,
      },
    ]);
  });
});
