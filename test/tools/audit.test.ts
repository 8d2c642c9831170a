import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../tools/package-root";
import { type Accepted, judge } from "../../tools/supply-chain/audit/accepted";
import { type Finding, readNpmAudit, readPipAudit } from "../../tools/supply-chain/audit/findings";

const finding: Finding = { ids: ["GHSA-aaaa-bbbb-cccc", "CVE-2026-1"], package: "tar", says: "high: overwrites files (tar <7)" };
const accept = (more: Partial<Accepted> = {}): Partial<Accepted> => ({
  id: "CVE-2026-1",
  package: "tar",
  reason: "only our own archives are read",
  expires: "2027-03-31",
  ...more,
});
const judged = (accepted: readonly Partial<Accepted>[], today = "2027-03-31") => judge([finding], accepted, today);

describe("a vulnerability that is accepted", () => {
  it("passes by any of its names, until the end of its last day", () => {
    expect(judged([accept()])).toEqual({ left: [], notes: [] });
    expect(judged([accept({ id: "GHSA-aaaa-bbbb-cccc" })])).toEqual({ left: [], notes: [] });
    expect(judged([accept()], "2027-04-01")).toEqual({ left: [finding], notes: ["accepted CVE-2026-1 of tar: expired on 2027-03-31"] });
  });

  it.each([
    [{ reason: "because" }, "has no reason of ten characters or more, and does not count"],
    [{ expires: "soon" }, 'expires on "soon", which is no date such as "2027-03-31", and does not count'],
    [{ expires: "2027-13-01" }, 'expires on "2027-13-01", which is no date such as "2027-03-31", and does not count'],
  ])("does not pass with %j", (more, note) => {
    expect(judged([accept(more)])).toEqual({ left: [finding], notes: [`accepted CVE-2026-1 of tar: ${note}`] });
  });

  it("is of one package and has one id; an entry that nothing needs is told", () => {
    const notes = ["accepted CVE-2026-1 of other: nothing has it any more; remove the entry"];
    expect(judged([accept({ package: "other" })])).toEqual({ left: [finding], notes });
    expect(judged([{ reason: "for a very good reason" }]).notes[0]).toContain("has no id and package");
  });

  it("is none of the project's whose entry would not count", () => {
    const accepted = JSON.parse(readFileSync(join(packageRoot(), "tools/supply-chain/audit/accepted.json"), "utf8")) as Accepted[];
    const all = accepted.map(({ id, package: name }) => ({ ids: [id], package: name, says: "" }));
    expect(judge(all, accepted, "2026-01-01").notes).toEqual([]);
  });
});

describe("a report of npm audit", () => {
  it("names each advisory once, and not the packages that only use the one it is of", () => {
    const advisory = { source: 1, name: "tar", title: "overwrites files", url: "a/GHSA-aaaa-bbbb-cccc", severity: "high", range: "<7" };
    const vulnerabilities = { tar: { via: [advisory] }, user: { via: ["tar", advisory] } };
    expect(readNpmAudit(JSON.stringify({ auditReportVersion: 2, vulnerabilities }))).toEqual({
      findings: [{ ids: ["GHSA-aaaa-bbbb-cccc", "1"], package: "tar", says: "high: overwrites files (tar <7)" }],
      unchecked: [],
    });
  });

  it.each([
    ['{"message":"405 Method Not Allowed"}', "405 Method Not Allowed"],
    ["", "npm audit printed nothing"],
    ["<html>\nno", "<html>"],
  ])("that is %j says that nothing was checked", (text, why) => {
    expect(readNpmAudit(text)).toEqual({ findings: [], unchecked: [`npm packages: the registry does not answer audits (${why})`] });
  });
});

describe("a report of pip-audit", () => {
  it("names each vulnerability with what mends it", () => {
    const vulns = [{ id: "PYSEC-1", aliases: ["CVE-2026-2"], fix_versions: ["2.0"], description: "reads too far\nmore" }];
    expect(
      readPipAudit(
        JSON.stringify({
          dependencies: [
            { name: "a", version: "1", vulns },
            { name: "b", version: "1", vulns: [] },
          ],
        }),
        "",
      ),
    ).toEqual({
      findings: [{ ids: ["PYSEC-1", "CVE-2026-2"], package: "a", says: "reads too far (a 1; mended in 2.0)" }],
      unchecked: [],
    });
  });

  it("that skips packages says so, though pip-audit calls it a success", () => {
    const text = JSON.stringify({
      dependencies: [
        { name: "a", skip_reason: "not found" },
        { name: "b", version: "1", vulns: [] },
      ],
    });
    expect(readPipAudit(text, "No known vulnerabilities found").unchecked).toEqual([
      "Python packages: pip-audit's service does not know 1 of 2 (a…)",
    ]);
  });

  it("that is none says that nothing was checked, and why", () => {
    expect(readPipAudit("", "Traceback\nrequests.exceptions.ConnectionError: refused\n").unchecked).toEqual([
      "Python packages: pip-audit's service does not answer (requests.exceptions.ConnectionError: refused)",
    ]);
  });
});
