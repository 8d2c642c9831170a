import type { DescribeImageScanFindingsResponse, ECRClient, EnhancedImageScanFinding, ImageScanFinding } from "@aws-sdk/client-ecr";
import { type Clock, pollUntil } from "../aws/polling";
import { catalogue, type ErrorCode } from "../errors/catalogue";
import { type ScanArgs, severities } from "./scan-spec";

/** A finding, of whichever of ECR's scans. */
interface Finding {
  readonly id: string;
  readonly severity: string;
  /** What is vulnerable, such as `openssl 3.0.1 (fixed in 3.0.2)`; "" when ECR does not say. */
  readonly where: string;
}

/** What the gate asks. */
export type ScanClient = Pick<ECRClient, "send">;

const minute = 60_000;
/** How long a scan may take to begin after the push, and to end. ECR's own take seconds to a few minutes. */
const patience = { begin: 5 * minute, end: 30 * minute } as const;
const mostNamed = 10;

/** Statuses in which ECR goes on by itself; NONE is its word for no scan so far. */
const passing = new Set(["PENDING", "IN_PROGRESS", "NONE"]);
/** COMPLETE is a scan on push that has ended, ACTIVE one that goes on for as long as the image is there. */
const judged = new Set(["COMPLETE", "ACTIVE"]);

/**
 * Proves that ECR has scanned an image and found nothing in it that `scan` does not let pass. An image without a verdict is not let through.
 *
 * @param uri `<registry>/<repository>@sha256:<digest>`
 * @returns undefined when all is well, else the whole message of the failure
 */
export async function proveScan(
  uri: string,
  scan: ScanArgs,
  client: ScanClient,
  tell: (line: string) => void,
  clock: Clock,
): Promise<string | undefined> {
  const start = clock.now();
  let told = false;
  const last = await pollUntil(
    () => describeScan(uri, client),
    ({ imageScanStatus }) => {
      const status = imageScanStatus?.status ?? "NONE";
      if (!passing.has(status)) {
        return true;
      }
      if (!told) {
        tell(`image ${uri}: waiting for ECR's scan`);
        told = true;
      }
      return clock.now() - start > (status === "NONE" ? patience.begin : patience.end);
    },
    clock,
  );
  const status = last.imageScanStatus?.status ?? "NONE";
  if (!judged.has(status)) {
    return message("SLIP-4110", unscanned(uri, status, last.imageScanStatus?.description), []);
  }
  const found = (await findingsOf(uri, last, client)).filter(({ id, severity }) => stops(severity, scan) && !scan.accepted?.includes(id));
  if (found.length === 0) {
    return undefined;
  }
  const sorted = [...found].sort((a, b) => rank(a.severity) - rank(b.severity) || (a.id < b.id ? -1 : 1));
  const count = found.length === 1 ? "1 finding" : `${found.length} findings`;
  const lines = sorted.slice(0, mostNamed).map(({ id, severity, where }) => `${severity} ${id}${where === "" ? "" : ` in ${where}`}`);
  const more = found.length > mostNamed ? [`and ${found.length - mostNamed} more`] : [];
  return message("SLIP-4109", `image ${uri} has ${count} that scan.failOn ${scan.failOn} stops`, [...lines, ...more]);
}

function rank(severity: string): number {
  const known: readonly string[] = severities;
  return known.includes(severity) ? known.indexOf(severity) : severities.length;
}

function stops(severity: string, { failOn }: ScanArgs): boolean {
  return rank(severity) <= rank(failOn) && rank(severity) < severities.length;
}

function unscanned(uri: string, status: string, description: string | undefined): string {
  const reason = description === undefined ? "" : `: ${description}`;
  if (status === "NONE") {
    return `image ${uri} is pushed, and no scan of it has begun within ${patience.begin / minute} minutes`;
  }
  return passing.has(status)
    ? `the scan of image ${uri} is still ${status} after ${patience.end / minute} minutes`
    : `the scan of image ${uri} ended as ${status}${reason}`;
}

function message(code: ErrorCode, sentence: string, findings: readonly string[]): string {
  return [`${code} ${sentence}`, ...findings.map((line) => `  find ${line}`), `  fix  ${catalogue[code].cure}`].join("\n");
}

/** What ECR says of an image's scan, on one page; without a status when it knows of none. */
async function describeScan(uri: string, client: ScanClient, nextToken?: string): Promise<DescribeImageScanFindingsResponse> {
  const { DescribeImageScanFindingsCommand } = await import("@aws-sdk/client-ecr");
  const { registryId, repositoryName, imageDigest } = partsOf(uri);
  const page = nextToken === undefined ? { maxResults: 1000 } : { maxResults: 1000, nextToken };
  try {
    return await client.send(new DescribeImageScanFindingsCommand({ registryId, repositoryName, imageId: { imageDigest }, ...page }));
  } catch (error) {
    if (error instanceof Error && error.name === "ScanNotFoundException") {
      return {};
    }
    throw error;
  }
}

async function findingsOf(uri: string, first: DescribeImageScanFindingsResponse, client: ScanClient): Promise<Finding[]> {
  const found: Finding[] = [];
  for (let page = first; ; page = await describeScan(uri, client, page.nextToken)) {
    const { findings = [], enhancedFindings = [] } = page.imageScanFindings ?? {};
    found.push(...findings.map(basic), ...enhancedFindings.filter(({ status }) => (status ?? "ACTIVE") === "ACTIVE").map(enhanced));
    if (page.nextToken === undefined) {
      return found;
    }
  }
}

function basic({ name = "a finding without a name", severity = "UNDEFINED", attributes = [] }: ImageScanFinding): Finding {
  const attribute = (wanted: string) => attributes.find(({ key }) => key === wanted)?.value;
  return { id: name, severity, where: described(attribute("package_name"), attribute("package_version"), undefined) };
}

function enhanced({ title, severity = "UNDEFINED", packageVulnerabilityDetails }: EnhancedImageScanFinding): Finding {
  const { vulnerabilityId, vulnerablePackages = [] } = packageVulnerabilityDetails ?? {};
  const where = vulnerablePackages.map(({ name, version, fixedInVersion }) => described(name, version, fixedInVersion));
  return { id: vulnerabilityId ?? title ?? "a finding without a name", severity, where: [...new Set(where)].join(", ") };
}

function described(name: string | undefined, version: string | undefined, fixed: string | undefined): string {
  const isFixed = fixed !== undefined && fixed !== "" && fixed !== "NotAvailable";
  return [name, version, isFixed ? `(fixed in ${fixed})` : undefined].filter((part) => part !== undefined && part !== "").join(" ");
}

function partsOf(uri: string): { readonly registryId: string; readonly repositoryName: string; readonly imageDigest: string } {
  const [, registryId = "", repositoryName = "", imageDigest = ""] = /^(\d{12})\.[^/]+\/([^@]+)@(sha256:[0-9a-f]{64})$/.exec(uri) ?? [];
  return { registryId, repositoryName, imageDigest };
}
