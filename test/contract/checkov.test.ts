import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../tools/command";
import { ensureCheckov } from "../../tools/python/ensure";
import { faults } from "../safety/checkov/faults";
import { everythingPlanned } from "../safety/checkov/plan";
import { withFaults } from "../safety/checkov/singly";
import { type Terraform, translate } from "../safety/checkov/translate";
import { waivers, withoutControl } from "../safety/checkov/waivers";

interface Finding {
  readonly check_id: string;
  readonly resource: string;
}

interface Report {
  readonly results: { readonly passed_checks: readonly Finding[]; readonly failed_checks: readonly Finding[] };
  readonly summary: { readonly parsing_errors: number };
}

/** What checkov asks cloudsplaining for (CKV_AWS_286 to 290): of policies given as text it gives no verdict, so it is asked here. */
const splain = `
import json, sys
from cloudsplaining.scan.policy_document import PolicyDocument
found = {}
for name, text in json.load(open(sys.argv[1])).items():
    policy = PolicyDocument(json.loads(text))
    found[name] = {
        "privilege escalation": [each["type"] for each in policy.allows_privilege_escalation],
        "exposure of credentials": policy.credentials_exposure,
        "exfiltration of data": policy.allows_data_exfiltration_actions,
        "management of permissions": policy.permissions_management_without_constraints,
        "writes without constraints": policy.write_actions_without_constraints,
    }
print(json.dumps(found))
`;

/** A finding, where it is of a copy made for a fault with the fault's number and whether that is the copy with it. */
interface Judged {
  readonly id: string;
  readonly resource: string;
  readonly fault: number | undefined;
  readonly wrong: boolean;
}

/** What the library plans, judged by checkov, which knows nothing of the library. */
describe("checkov, of everything that the library plans", { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-checkov-"));
  let plan: Terraform;
  let report: Report;
  let passed: readonly Judged[];
  let failed: readonly Judged[];

  beforeAll(async () => {
    const { python } = await ensureCheckov();
    const planned = await everythingPlanned();
    plan = translate(planned);
    const file = join(folder, "plan.tf.json");
    const whole = withFaults(planned, faults);
    writeFileSync(file, JSON.stringify(whole));
    const options = ["--framework", "terraform_json", "--skip-download", "--compact", "--soft-fail", "--output", "json"];
    // Neither looks for a newer version nor for a service of its makers.
    const env = { ...process.env, CKV_SKIP_PACKAGE_UPDATE_CHECK: "true", BC_SKIP_MAPPING: "TRUE", LOG_LEVEL: "ERROR" };
    const stdout = await runCommand(python, ["-m", "checkov.main", "--file", file, ...options], { cwd: folder, env });
    report = JSON.parse(stdout) as Report;
    const { passed_checks, failed_checks } = report.results;
    passed = passed_checks.map((finding) => judged(finding, whole));
    failed = failed_checks.map((finding) => judged(finding, whole));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("finds, by cloudsplaining, no policy that leads to the rights, credentials or data of others", async () => {
    const { python } = await ensureCheckov();
    const planned = Object.entries(plan.resource.aws_iam_role_policy ?? {}).map(([name, inputs]) => [
      name,
      (inputs as { policy: string }).policy,
    ]);
    const everything = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
    const file = join(folder, "policies.json");
    writeFileSync(file, JSON.stringify({ ...Object.fromEntries(planned), everything }));
    const { everything: worst, ...found } = JSON.parse(await runCommand(python, ["-c", splain, file])) as Record<
      string,
      Record<string, string[]>
    >;
    const faults = Object.entries(found).flatMap(([name, kinds]) =>
      Object.entries(kinds).flatMap(([kind, actions]) => actions.map((action) => `${name}: ${kind} by ${action}`)),
    );
    // The login to ECR is good for the repositories of the next statement only.
    expect(faults.filter((fault) => !fault.endsWith(": exposure of credentials by ecr:GetAuthorizationToken"))).toEqual([]);
    expect(planned.length).toBeGreaterThan(10);
    expect(Object.values(worst ?? {}).filter((actions) => actions.length === 0)).toEqual([]);
  });

  const ofPlan = ({ fault }: Judged) => fault === undefined;
  const ids = (findings: readonly Judged[]) => [...new Set(findings.map(({ id }) => id))].sort();

  it("reads all of it", () => {
    expect(report.summary.parsing_errors).toBe(0);
    expect(Object.values(plan.resource).flatMap(Object.keys).length).toBeGreaterThan(140);
    expect(ids(passed.filter(ofPlan)).length).toBeGreaterThan(60);
  });

  it("finds nothing but what is waived with a reason, and all of that", () => {
    const found = failed.filter(ofPlan);
    expect(found.filter(({ id, resource }) => waivers[id]?.resources.test(resource) !== true)).toEqual([]);
    expect(Object.keys(waivers).filter((id) => !found.some((finding) => finding.id === id))).toEqual([]);
  });

  it("has a fault shown to it for each check that it says nothing planned fails", () => {
    const neverFails = ids(passed.filter(ofPlan)).filter((id) => !failed.some((finding) => ofPlan(finding) && finding.id === id));
    expect([...faults.map(({ id }) => id), ...Object.keys(withoutControl)].sort()).toEqual(neverFails);
  });

  it.each(faults.map((fault, index) => [fault.id, fault.changes ?? fault.fails, fault, index] as const))(
    "finds by %s a fault of %s, there and nowhere else",
    (_, __, { id, fails, also = [] }, index) => {
      const failing = (isWrong: boolean) =>
        failed.filter(({ fault, wrong }) => fault === index && wrong === isWrong).map((finding) => `${finding.id} ${finding.resource}`);
      const before = failing(false);
      const expected = [[id, fails] as const, ...also].map(([check, where]) => `${check} ${where}`);
      expect(
        failing(true)
          .filter((finding) => !before.includes(finding))
          .sort(),
      ).toEqual(expected.sort());
    },
  );
});

/** Some checks name a resource by `resource.<name>`; in the waivers and faults all have their type, and no copy's prefix. */
function judged({ check_id, resource }: Finding, { resource: all }: Terraform): Judged {
  const name = resource.slice(resource.indexOf(".") + 1);
  const given = resource.slice(0, resource.indexOf("."));
  const types = Object.keys(all).filter((type) => name in (all[type] ?? {}) && (given === type || given === "resource"));
  const [, index, kind, own] = /^(\d+)-(right|wrong)-(.*)$/.exec(name) ?? [];
  return {
    id: check_id,
    resource: `${types[0]}.${own ?? name}`,
    fault: index === undefined ? undefined : Number(index),
    wrong: kind === "wrong",
  };
}
