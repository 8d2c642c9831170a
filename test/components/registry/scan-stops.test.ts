import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildPath } from "../../../components/component";
import { GateError } from "../../../components/errors/gate-error";
import { ModelImage } from "../../../components/registry/model-image";
import { FakeAws } from "../../support/fake-aws";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";

const name = `scan-stops-${process.pid}`;
const digest = imageUri.split("@")[1] ?? "";
const scanned = (...findings: object[]) => ({ imageScanStatus: { status: "COMPLETE" }, imageScanFindings: { findings } });

describe("an update whose image has a finding that stops it", () => {
  let account: FakeAws;
  let code: string;
  let listeners: NodeJS.UnhandledRejectionListener[];
  /** What would end the program: the language host fails the update with the first error that nobody handles. */
  const uncaught: unknown[] = [];
  const collect = (error: unknown) => void uncaught.push(error);

  beforeAll(async () => {
    account = await FakeAws.start();
    code = mkdtempSync(join(tmpdir(), "slipway-code-"));
    writeFileSync(join(code, "model.py"), "");
  });
  afterAll(async () => {
    await account.stop();
    rmSync(code, { recursive: true });
    rmSync(buildPath(name), { recursive: true, force: true });
    rmSync(`${buildPath(name)}.hash`, { force: true });
  });
  beforeEach(() => {
    uncaught.length = 0;
    listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", collect);
  });
  afterEach(() => {
    process.removeListener("unhandledRejection", collect);
    for (const listener of listeners) process.on("unhandledRejection", listener);
  });

  /** A model on the image, in an update; resolves when the program has nothing more to do. */
  async function update(): Promise<{ readonly engine: MockedEngine; readonly failure: unknown }> {
    const engine = await MockedEngine.start(false);
    const image = new ModelImage(name, { platform: { ...platform, scan: { failOn: "HIGH" } }, code });
    const model = new aws.sagemaker.Model("iris", { executionRoleArn: "role", primaryContainer: { image: image.uri } });
    const failure = await promiseOf(pulumi.all([image.uri, model.arn])).then(
      () => undefined,
      (error: unknown) => error,
    );
    await MockedEngine.settled().catch(() => undefined);
    await new Promise(setImmediate);
    return { engine, failure };
  }

  test("fails against the image with what was found, and makes no model of it", async () => {
    account.scans.set(digest, scanned({ name: "CVE-2026-1", severity: "HIGH" }));
    const { engine, failure } = await update();
    expect(failure).toBeInstanceOf(GateError);
    const { message, resource } = failure as GateError;
    expect(message.split("\n").slice(0, 2)).toEqual([
      expect.stringMatching(/^SLIP-4109 image .*@sha256:5{64} has 1 finding that scan\.failOn HIGH stops$/),
      "  find HIGH CVE-2026-1",
    ]);
    expect(await promiseOf(resource?.urn ?? pulumi.output(""))).toContain(`docker:index/image:Image::${name}`);
    expect(uncaught.length).toBeGreaterThan(0);
    expect(uncaught.every((error) => String(error).includes("SLIP-4109"))).toBe(true);
    expect(engine.names()).toContain(`docker:index/image:Image ${name}`);
    expect(engine.names()).not.toContain("aws:sagemaker/model:Model iris");
  });

  test("would go on without the finding", async () => {
    account.scans.set(digest, scanned({ name: "CVE-2026-1", severity: "LOW" }));
    const { engine, failure } = await update();
    expect(failure).toBeUndefined();
    expect(uncaught).toEqual([]);
    expect(engine.names()).toContain("aws:sagemaker/model:Model iris");
  });
});
