import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { tryCommand } from "../../tools/command";
import { packageRoot } from "../../tools/package-root";
import { ensurePulumi } from "../../tools/pulumi/ensure";
import { scratchFolder } from "../tools/scratch";

/** Previews, with the pack, a program that declares one ECR repository (as a component: no provider is needed for the engine to ask the pack). */
async function preview(bin: string, repository: Record<string, unknown>) {
  const folder = realpathSync(scratchFolder());
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  symlinkSync(join(packageRoot(), "node_modules"), join(folder, "node_modules"));
  write("Pulumi.yaml", "name: policed\nruntime: nodejs\n");
  write("package.json", JSON.stringify({ name: "policed", main: "index.js" }));
  write(
    "index.js",
    `const { ComponentResource } = require("@pulumi/pulumi");
     new ComponentResource("aws:ecr/repository:Repository", "images", ${JSON.stringify(repository)});`,
  );
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
  return tryCommand("pulumi", ["preview", "--stack", "test", "--policy-pack", packFor(bin, folder), "--non-interactive"], {
    cwd: folder,
    env,
  });
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

  it("fails the preview of a repository with mutable tags, naming rule, resource and cure", async () => {
    const { output, exitCode } = await preview(bin, { imageTagMutability: "MUTABLE", imageScanningConfiguration: { scanOnPush: true } });
    expect(output).toContain("[mandatory]  ecr-immutable-and-scanned  (aws:ecr/repository:Repository: images)");
    expect(output).toContain('imageTagMutability is "MUTABLE"; set it to "IMMUTABLE".');
    expect(exitCode).not.toBe(0);
  });

  it("lets a good repository pass", async () => {
    const { output, exitCode } = await preview(bin, { imageTagMutability: "IMMUTABLE", imageScanningConfiguration: { scanOnPush: true } });
    expect(output).toContain("✅ slipway@v");
    expect(exitCode).toBe(0);
  });
});
