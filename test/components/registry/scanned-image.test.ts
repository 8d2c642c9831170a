import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PlatformExports } from "../../../components";
import { platformValues } from "../../../components/platform/platform-exports";
import type { RecordedResources } from "../../../components/recorded-state";
import type { ScanArgs } from "../../../components/registry/scan-spec";
import { type ScannedImage, scannedImage, verdictOf } from "../../../components/registry/scanned-image";
import { FakeAws } from "../../support/fake-aws";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";

const digest = imageUri.split("@")[1] ?? "";
const component = "urn:pulumi:test::slipway::slipway:index:ModelImage::iris-image";
const clean = { imageScanStatus: { status: "COMPLETE" }, imageScanFindings: { findings: [] } };
const faulty = { ...clean, imageScanFindings: { findings: [{ name: "CVE-2026-1", severity: "CRITICAL" }] } };
const critical: ScanArgs = { failOn: "CRITICAL" };
const recordedAs = (passedScan: string | undefined): RecordedResources => ({ [component]: { outputs: { passedScan } } });

describe("an image that is built", () => {
  let aws: FakeAws;
  beforeAll(async () => {
    aws = await FakeAws.start();
  });
  afterAll(() => aws.stop());
  beforeEach(() => {
    aws.requests.length = 0;
    aws.scans.set(digest, clean);
  });
  afterEach(() => MockedEngine.settled());

  async function scanned(more: Partial<PlatformExports>, recorded: RecordedResources = {}, dryRun = false): Promise<ScannedImage> {
    await MockedEngine.start(dryRun, recorded);
    const parent = new pulumi.ComponentResource("slipway:index:ModelImage", "iris-image");
    const image = { repoDigest: pulumi.output(imageUri) } as docker.Image;
    return scannedImage(parent, image, platformValues({ ...platform, ...more }));
  }
  const values = async ({ uri, passedScan }: ScannedImage) => [await promiseOf(uri), await promiseOf(passedScan)] as const;
  const asked = () => aws.requests.filter((operation) => operation.endsWith(".DescribeImageScanFindings")).length;

  test("is known at once where nobody asks for its scan", async () => {
    expect(await values(await scanned({}))).toEqual([imageUri, undefined]);
    expect(asked()).toBe(0);
  });

  test("is known when its scan lets it pass", async () => {
    const [uri, passed] = await values(await scanned({ scan: critical }));
    expect(uri).toBe(imageUri);
    expect(passed).toMatch(/^[0-9a-f]{64}$/);
    expect(asked()).toBe(1);
  });

  test("has a message in place of a verdict when its scan does not let it", async () => {
    aws.scans.set(digest, faulty);
    await MockedEngine.start(false);
    const access = { region: "eu-central-1", accountId: "123456789012", profile: undefined, roleArn: undefined };
    const { failure } = await verdictOf({ uri: imageUri, scan: critical, access, before: undefined }, () => {});
    expect(failure).toContain("  find CRITICAL CVE-2026-1\n");
  });

  test("is not asked for again once it has passed under the same rules, in whichever order they accept", async () => {
    const rules = { ...critical, accepted: ["CVE-2026-2", "CVE-2026-3"] };
    const [, passed] = await values(await scanned({ scan: rules }));
    aws.scans.set(digest, faulty);
    const same = await scanned({ scan: { ...rules, accepted: ["CVE-2026-3", "CVE-2026-2"] } }, recordedAs(passed));
    expect(await values(same)).toEqual([imageUri, passed]);
    expect(asked()).toBe(1);
  });

  test("is asked for again under other rules", async () => {
    const [, passed] = await values(await scanned({ scan: critical }));
    const [, stricter] = await values(await scanned({ scan: { failOn: "LOW" } }, recordedAs(passed)));
    expect(stricter).not.toBe(passed);
    expect(asked()).toBe(2);
  });

  test("is not asked for in a preview, nor on the local platform, which scans nothing", async () => {
    expect(await values(await scanned({ scan: critical }, {}, true))).toEqual([imageUri, expect.any(String)]);
    expect(await values(await scanned({ scan: critical, accountId: "000000000000" }))).toEqual([imageUri, undefined]);
    expect(asked()).toBe(0);
  });
});
