import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../../tools/command";
import { ensureCheckov } from "../../tools/python/ensure";
import { faulty } from "../safety/checkov/faults";
import { everythingPlanned } from "../safety/checkov/plan";
import { type Terraform, terraformType, translate } from "../safety/checkov/translate";
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

/** What the library plans, judged by checkov, which knows nothing of the library. */
describe("checkov, of everything that the library plans", { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-checkov-"));
  let plan: Terraform;
  let judged: { readonly good: Report; readonly bad: Report };

  beforeAll(async () => {
    const { python } = await ensureCheckov();
    const planned = await everythingPlanned();
    plan = translate(planned);
    const judge = async (name: string, terraform: Terraform): Promise<Report> => {
      const file = join(folder, `${name}.tf.json`);
      writeFileSync(file, JSON.stringify(terraform));
      const options = ["--framework", "terraform_json", "--skip-download", "--compact", "--soft-fail", "--output", "json"];
      // Neither looks for a newer version nor for a service of its makers.
      const env = { ...process.env, CKV_SKIP_PACKAGE_UPDATE_CHECK: "true", BC_SKIP_MAPPING: "TRUE", LOG_LEVEL: "ERROR" };
      const stdout = await runCommand(python, ["-m", "checkov.main", "--file", file, ...options], { cwd: folder, env });
      return JSON.parse(stdout) as Report;
    };
    const [good, bad] = await Promise.all([judge("good", plan), judge("bad", translate(faulty(planned)))]);
    judged = { good, bad };
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

  /** Some checks name a resource by `resource.<name>`; in the waivers all have their type. */
  const full = (resource: string) => {
    const name = resource.split(".").at(-1) ?? "";
    const [type] =
      Object.entries(plan.resource).find(
        ([each, byName]) => name in byName && (resource.startsWith("resource.") || resource.startsWith(`${each}.`)),
      ) ?? [];
    return `${type}.${name}`;
  };
  const ids = (findings: readonly Finding[]) => [...new Set(findings.map(({ check_id }) => check_id))].sort();

  it("reads all of the plan, each resource of AWS's as one of Terraform's", () => {
    expect([judged.good.summary.parsing_errors, judged.bad.summary.parsing_errors]).toEqual([0, 0]);
    expect(terraformType("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")).toBe("aws_s3_bucket_public_access_block");
    expect(plan.resource.aws_s3_bucket_versioning?.["shop-artifacts-versioning"]).toEqual({
      bucket: ["$", "{aws_s3_bucket.shop-artifacts.bucket}"].join(""),
      versioning_configuration: { status: "Enabled" },
    });
    expect(Object.values(plan.resource).flatMap(Object.keys).length).toBeGreaterThan(100);
  });

  it("finds nothing but what is waived with a reason, and all of that", () => {
    const findings = judged.good.results.failed_checks.map(({ check_id, resource }) => ({ id: check_id, resource: full(resource) }));
    expect(findings.filter(({ id, resource }) => waivers[id]?.resources.test(resource) !== true)).toEqual([]);
    expect(Object.keys(waivers).filter((id) => !findings.some((finding) => finding.id === id))).toEqual([]);
  });

  it("would find each fault that it now says is not there", () => {
    const canFail = ids([...judged.good.results.failed_checks, ...judged.bad.results.failed_checks]);
    const passed = ids(judged.good.results.passed_checks);
    expect(passed.length).toBeGreaterThan(45);
    expect(passed.filter((id) => !canFail.includes(id))).toEqual(Object.keys(withoutControl).sort());
  });
});
