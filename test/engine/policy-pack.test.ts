import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tryCommand } from "../../tools/command";
import { packageRoot } from "../../tools/package-root";
import { ensurePulumi } from "../../tools/pulumi/ensure";
import { scratchFolder } from "../tools/scratch";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { Project } from "./support/project";

/** What makes a stack bad in several ways; components, because for those the engine asks the pack without a provider. */
const badProgram = `
  const { ComponentResource } = require("@pulumi/pulumi");
  const trust = { Statement: [{ Effect: "Allow", Principal: { Service: "sagemaker.amazonaws.com" }, Action: "sts:AssumeRole" }] };
  new ComponentResource("aws:ecr/repository:Repository", "images", { imageTagMutability: "MUTABLE", imageScanningConfiguration: { scanOnPush: true } });
  new ComponentResource("aws:iam/role:Role", "models", { assumeRolePolicy: JSON.stringify(trust) });
  new ComponentResource("aws:sagemaker/model:Model", "iris", { primaryContainer: { image: "iris:1", environment: { DB_PASSWORD: "hunter2" } } });
  new ComponentResource("aws:s3/bucket:Bucket", "data", {});`;

/** Previews the bad stack with the pack, configured. */
async function preview(bin: string, configuration: object) {
  const folder = realpathSync(scratchFolder());
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  symlinkSync(join(packageRoot(), "node_modules"), join(folder, "node_modules"));
  write("Pulumi.yaml", "name: policed\nruntime: nodejs\n");
  write("package.json", JSON.stringify({ name: "policed", main: "index.js" }));
  write("index.js", badProgram);
  write("waivers.json", JSON.stringify(configuration));
  const env = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  await tryCommand("pulumi", ["stack", "init", "test"], { cwd: folder, env });
  const pack = ["--policy-pack", packFor(bin, folder), "--policy-pack-config", "waivers.json"];
  return tryCommand("pulumi", ["preview", "--stack", "test", ...pack, "--non-interactive"], { cwd: folder, env });
}

/** The pack itself; or, for a CLI built from source, whose Node.js host cannot start packs, a face of it in the runtime that CLI has for them. */
function packFor(bin: string, folder: string): string {
  if (!existsSync(join(bin, "pulumi-analyzer-policy-nodescript"))) return join(packageRoot(), "policy");
  const pack = join(folder, "pack");
  mkdirSync(pack);
  writeFileSync(join(pack, "PulumiPolicy.yaml"), "runtime: nodescript\n");
  const main = relative(pack, join(packageRoot(), "policy", "pack.ts"));
  writeFileSync(join(pack, "package.json"), JSON.stringify({ name: "slipway-policy", version: "0.1.0", main }));
  return pack;
}

describe("the policy pack on the real engine", () => {
  let bin: string;
  beforeAll(async () => {
    bin = (await ensurePulumi()).bin;
  });

  it("fails the preview of a bad stack, naming rule, resource, cure and ids, and lets be what is waived", async () => {
    const waivers = [{ resource: "data", reason: "a bucket that is bad on purpose", expires: "9999-12-31" }];
    const { output, exitCode } = await preview(bin, { "s3-versioned": { waivers }, "s3-lifecycle": "disabled" });
    const told = (level: string, rule: string, resource: string) => new RegExp(`\\[${level}\\].* ${rule} .*\\(${resource}\\)`);
    expect(output).toMatch(told("mandatory", "ecr-immutable-and-scanned", "aws:ecr/repository:Repository: images"));
    expect(output).toContain('imageTagMutability is "MUTABLE"; set it to "IMMUTABLE". [Security Hub ECR.1, Security Hub ECR.2,');
    expect(output).toMatch(told("mandatory", "iam-trust-bound", "aws:iam/role:Role: models"));
    expect(output).toMatch(told("mandatory", "no-plain-secrets", "aws:sagemaker/model:Model: iris"));
    expect(output).toMatch(told("mandatory", "s3-tls-only", "aws:s3/bucket:Bucket: data"));
    expect(output).not.toMatch(/s3-versioned|s3-lifecycle/);
    expect(output).toMatch(told("advisory", "sagemaker-image-by-digest", "aws:sagemaker/model:Model: iris"));
    expect(exitCode).not.toBe(0);
  });
});

describe("a platform with network and Studio and a model of this project", () => {
  let aws: LocalAws;
  let project: Project;
  beforeAll(async () => {
    aws = await startLocalAws();
    project = await Project.create(aws);
  });
  afterAll(async () => {
    project?.remove();
    await aws?.stop();
  });

  it("passes the pack", async () => {
    const near = {
      code: "models/near",
      training: { instanceType: "ml.m5.large", channels: { train: "models/near/data" } },
      realtime: { instanceType: "ml.m5.large", instances: { min: 2, max: 4 } },
      api: { path: "/near" },
    };
    project.declare({ near }, { network: { endpoints: ["secretsmanager"], flowLogs: {} }, studio: { users: ["ada"] } });
    const { bin } = await ensurePulumi();
    const run = await project.preview("--policy-pack", packFor(bin, project.folder));
    expect(run.exitCode, run.text).toBe(0);
    // What the VPC's parts belong to is told by references, through the component that makes the VPC.
    expect(run.text).not.toMatch(/network-(default-group-closed|flow-logged)/);
    expect(run.text).toContain("[advisory] s3-access-logged platform-artifacts\n");
    expect(run.changes).toContain("create aws:sagemaker/endpoint:Endpoint near-endpoint");
  });
});
