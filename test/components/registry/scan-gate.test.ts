import { describe, expect, test } from "vitest";
import { proveScan, type ScanClient } from "../../../components/registry/scan-gate";
import type { ScanArgs } from "../../../components/registry/scan-spec";
import { imageUri } from "../../support/platform";

type Answer = Readonly<Record<string, unknown>>;

/** A registry with one image, whose scan says one thing after the other; the last one stays. */
class Registry {
  readonly asked: Answer[] = [];
  readonly told: string[] = [];
  now = 0;
  private step = 0;

  constructor(private readonly answers: readonly (Answer | Error)[]) {}

  prove(scan: ScanArgs): Promise<string | undefined> {
    const client = {
      send: ({ input }: { readonly input: Answer }) => {
        this.asked.push(input);
        const answer = this.answers[Math.min(this.step++, this.answers.length - 1)];
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    };
    const clock = {
      now: () => this.now,
      sleep: (milliseconds: number) => {
        this.now += milliseconds;
        return Promise.resolve();
      },
    };
    return proveScan(imageUri, scan, client as unknown as ScanClient, (line) => this.told.push(line), clock);
  }
}

const minutes = 60_000;
const critical: ScanArgs = { failOn: "CRITICAL" };
const status = (name: string, description?: string): Answer => ({ imageScanStatus: { status: name, description } });
const notFound = Object.assign(new Error("no scan"), { name: "ScanNotFoundException" });

/** A finding as a scan on push has it. */
const basic = (name: string, severity: string, packageName = "openssl"): Answer => ({
  name,
  severity,
  attributes: [
    { key: "package_version", value: "3.0.1" },
    { key: "package_name", value: packageName },
  ],
});
const complete = (...findings: Answer[]): Answer => ({ ...status("COMPLETE"), imageScanFindings: { findings } });

describe("the gate of an image's scan", () => {
  test("opens for an image in which nothing was found, and asks for it by its digest", async () => {
    const registry = new Registry([complete()]);
    expect(await registry.prove(critical)).toBeUndefined();
    expect(registry.asked).toEqual([
      {
        registryId: "123456789012",
        repositoryName: "shop-models",
        imageId: { imageDigest: `sha256:${"5".repeat(64)}` },
        maxResults: 1000,
      },
    ]);
    expect(registry.told).toEqual([]);
  });

  test("waits while there is no scan so far, or it goes on, and says so once", async () => {
    const registry = new Registry([notFound, status("PENDING"), status("IN_PROGRESS"), complete(basic("CVE-2026-1", "HIGH"))]);
    expect(await registry.prove(critical)).toBeUndefined();
    expect(registry.told).toEqual([`image ${imageUri}: waiting for ECR's scan`]);
    expect(registry.asked).toHaveLength(4);
  });

  test("stays shut for findings as severe as the limit or more, the worst first, and says what is where", async () => {
    const registry = new Registry([
      complete(
        basic("CVE-2026-3", "HIGH", "zlib"),
        basic("CVE-2026-2", "CRITICAL"),
        basic("CVE-2026-4", "MEDIUM"),
        basic("CVE-2026-5", "UNDEFINED"),
        basic("CVE-2026-6", "INFORMATIONAL"),
        { name: "CVE-2026-1", severity: "CRITICAL" },
      ),
    ]);
    expect(await registry.prove({ failOn: "HIGH" })).toBe(
      [
        `SLIP-4109 image ${imageUri} has 3 findings that scan.failOn HIGH stops`,
        "  find CRITICAL CVE-2026-1",
        "  find CRITICAL CVE-2026-2 in openssl 3.0.1",
        "  find HIGH CVE-2026-3 in zlib 3.0.1",
        "  fix  Take newer versions of the packages named (in requirements.txt, aptPackages or the base image), or list the ids of findings you live with in the platform's scan.accepted.",
      ].join("\n"),
    );
  });

  test.each([
    ["CRITICAL", 1],
    ["HIGH", 2],
    ["MEDIUM", 3],
    ["LOW", 4],
  ])("with the limit %s counts %d of one finding of each severity", async (failOn, count) => {
    const all = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED", "UNTRIAGED"];
    const registry = new Registry([complete(...all.map((severity, index) => basic(`CVE-2026-${index}`, severity)))]);
    expect(await registry.prove({ failOn })).toContain(
      `has ${count === 1 ? "1 finding" : `${count} findings`} that scan.failOn ${failOn} stops`,
    );
  });

  test("lets pass what is accepted by its id, and nothing else", async () => {
    const findings = complete(basic("CVE-2026-1", "CRITICAL"), basic("CVE-2026-2", "CRITICAL"));
    expect(await new Registry([findings]).prove({ ...critical, accepted: ["CVE-2026-1", "CVE-2026-2"] })).toBeUndefined();
    const left = await new Registry([findings]).prove({ ...critical, accepted: ["CVE-2026-1"] });
    expect(left).toContain("has 1 finding that");
    expect(left).toContain("  find CRITICAL CVE-2026-2 in openssl 3.0.1");
  });

  test("reads the findings of Amazon Inspector, with what mends them, and none that is suppressed or closed", async () => {
    const found = (vulnerabilityId: string, state: string, fixedInVersion: string): Answer => ({
      severity: "CRITICAL",
      status: state,
      title: `${vulnerabilityId} - torch`,
      packageVulnerabilityDetails: { vulnerabilityId, vulnerablePackages: [{ name: "torch", version: "2.1.0", fixedInVersion }] },
    });
    const enhancedFindings = [
      found("CVE-2026-1", "ACTIVE", "2.2.0"),
      found("CVE-2026-2", "ACTIVE", "NotAvailable"),
      found("CVE-2026-3", "SUPPRESSED", "2.2.0"),
      found("CVE-2026-4", "CLOSED", "2.2.0"),
      { severity: "CRITICAL", title: "torch runs code" },
    ];
    const message = await new Registry([{ ...status("ACTIVE"), imageScanFindings: { enhancedFindings } }]).prove(critical);
    expect(message?.split("\n").slice(0, -1)).toEqual([
      `SLIP-4109 image ${imageUri} has 3 findings that scan.failOn CRITICAL stops`,
      "  find CRITICAL CVE-2026-1 in torch 2.1.0 (fixed in 2.2.0)",
      "  find CRITICAL CVE-2026-2 in torch 2.1.0",
      "  find CRITICAL torch runs code",
    ]);
  });

  test("reads every page, and names ten findings", async () => {
    const page = (from: number) => Array.from({ length: 6 }, (_, index) => basic(`CVE-2026-${10 + from + index}`, "CRITICAL"));
    const registry = new Registry([{ ...complete(...page(0)), nextToken: "2" }, complete(...page(6))]);
    const lines = (await registry.prove(critical))?.split("\n") ?? [];
    expect(lines[0]).toContain("has 12 findings");
    expect(lines.slice(10, 12)).toEqual(["  find CRITICAL CVE-2026-19 in openssl 3.0.1", "  find and 2 more"]);
    expect(registry.asked.map(({ nextToken }) => nextToken)).toEqual([undefined, "2"]);
  });

  test.each(["FAILED", "UNSUPPORTED_IMAGE", "FINDINGS_UNAVAILABLE", "LIMIT_EXCEEDED", "SCAN_ELIGIBILITY_EXPIRED", "IMAGE_ARCHIVED"])(
    "stays shut when the scan ends as %s, with ECR's words",
    async (name) => {
      const message = await new Registry([status(name, "The operating system is not supported.")]).prove(critical);
      expect(message).toContain(`SLIP-4110 the scan of image ${imageUri} ended as ${name}: The operating system is not supported.`);
      expect(message).toContain("  fix  aws ecr describe-image-scan-findings tells more");
    },
  );

  test("stays shut when no scan begins within five minutes", async () => {
    const registry = new Registry([notFound]);
    expect(await registry.prove(critical)).toContain(`SLIP-4110 image ${imageUri} is pushed, and no scan of it has begun within 5 minutes`);
    expect(registry.now).toBeGreaterThan(5 * minutes);
    expect(registry.now).toBeLessThan(6 * minutes);
  });

  test("stays shut when a scan does not end within thirty minutes", async () => {
    const registry = new Registry([status("IN_PROGRESS")]);
    expect(await registry.prove(critical)).toContain(`SLIP-4110 the scan of image ${imageUri} is still IN_PROGRESS after 30 minutes`);
    expect(registry.now).toBeLessThan(31 * minutes);
  });

  test("waits out errors that pass, and hands on all others", async () => {
    const throttled = Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
    expect(await new Registry([throttled, complete()]).prove(critical)).toBeUndefined();
    const denied = Object.assign(new Error("not authorized to perform ecr:DescribeImageScanFindings"), { name: "AccessDeniedException" });
    await expect(new Registry([denied]).prove(critical)).rejects.toThrow("not authorized to perform ecr:DescribeImageScanFindings");
  });
});
