import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { packageRoot } from "../../tools/package-root";
import { requirementFiles } from "../../tools/supply-chain/audit/audit";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
  readonly env?: Record<string, unknown>;
}

interface Job {
  readonly "timeout-minutes"?: number;
  readonly permissions?: Record<string, string>;
  readonly environment?: string;
  readonly if?: string;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions?: Record<string, string>;
  readonly concurrency?: { group?: string; "cancel-in-progress"?: boolean | string };
  readonly jobs: Record<string, Job>;
}

const folder = join(packageRoot(), ".github", "workflows");
const files = readdirSync(folder).sort();
const text = (file: string) => readFileSync(join(folder, file), "utf8");
const workflow = (file: string) => parse(text(file)) as Workflow;
const jobsOf = (file: string) => Object.entries(workflow(file).jobs);
const uses = (job: Job, action: string) => job.steps.filter((step) => step.uses?.startsWith(`${action}@`));

describe("the workflows", () => {
  it("are the audit, continuous integration, preview and up", () => {
    expect(files).toEqual(["audit.yml", "ci.yml", "preview.yml", "up.yml"]);
  });

  describe.each(files)("%s", (file) => {
    it("may only read, unless a job says otherwise", () => {
      expect(workflow(file).permissions).toEqual({ contents: "read" });
    });

    it("gives an identity token to the jobs that assume an AWS role, and to no other", () => {
      for (const [, job] of jobsOf(file)) {
        const assumes = uses(job, "aws-actions/configure-aws-credentials").length > 0;
        expect(job.permissions?.["id-token"]).toBe(assumes ? "write" : undefined);
      }
    });

    it("stores no key", () => {
      expect(text(file)).not.toMatch(/secrets\.|access-key-id|secret-access-key/i);
    });

    it("never runs a stranger's code with this repository's rights", () => {
      expect(Object.keys(workflow(file).on)).not.toContain("pull_request_target");
      for (const [, job] of jobsOf(file)) {
        const writes = Object.values(job.permissions ?? {}).includes("write") && job.permissions?.["id-token"] === undefined;
        if (writes) expect(uses(job, "actions/checkout")).toEqual([]);
        for (const checkout of uses(job, "actions/checkout")) expect(checkout.with).toEqual({ "persist-credentials": false });
      }
    });

    it("puts nothing that a stranger can write into a shell line", () => {
      for (const [, job] of jobsOf(file)) for (const step of job.steps) expect(step.run ?? "").not.toContain("${{");
    });

    it("ends: every job has a time limit, and runs do not pile up", () => {
      for (const [, job] of jobsOf(file)) expect(job["timeout-minutes"]).toBeGreaterThan(0);
      expect(workflow(file).concurrency?.group).toBeTruthy();
    });

    it("installs the Pulumi CLI of the SDK's version", () => {
      const manifest = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { dependencies: Record<string, string> };
      for (const [, job] of jobsOf(file)) {
        for (const step of uses(job, "pulumi/actions")) expect(step.with?.["pulumi-version"]).toBe(manifest.dependencies["@pulumi/pulumi"]);
      }
    });
  });

  it("test on every Node of the package's engines", () => {
    expect(parse(text("ci.yml")).jobs.test.strategy.matrix).toEqual({ node: [20, 22, 24] });
  });

  it("audit every week, and what changes the locks", () => {
    const { on } = workflow("audit.yml");
    expect(on.schedule).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* [0-6]$/) }]);
    const { paths } = on.pull_request as { paths: string[] };
    expect(paths).toEqual(expect.arrayContaining(["package-lock.json", ...requirementFiles]));
  });

  it("never cancel an update, and run one only from main behind an environment", () => {
    const up = workflow("up.yml");
    expect(up.concurrency).toEqual({ group: "up", "cancel-in-progress": false });
    expect(up.jobs.up?.environment).toMatch(/^\$\{\{ matrix\.stack \}\}$/);
    expect(up.jobs.up?.if).toContain("github.ref == 'refs/heads/main'");
  });

  it("preview a fork's pull request locally, and another's with credentials", () => {
    const { preview, local } = workflow("preview.yml").jobs;
    expect(preview?.if).toContain("head.repo.full_name == github.repository");
    expect(local?.if).toContain("head.repo.full_name != github.repository");
    expect(local?.permissions).toBeUndefined();
  });

  it("keep one comment, found again by its marker, which names the Pulumi project", () => {
    const project = parse(readFileSync(join(packageRoot(), "Pulumi.yaml"), "utf8")) as { name: string };
    const script = workflow("preview.yml").jobs.comment?.steps.at(-1)?.run ?? "";
    expect(script).toContain(`marker="<!-- slipway:${project.name} -->"`);
    expect(script).toContain("--method PATCH");
  });
});
