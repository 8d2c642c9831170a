import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { findOnPath, runCommand } from "../command";
import { packageRoot } from "../package-root";

const sdk = "github.com/pulumi/pulumi/sdk/v3";
const minimumGo = { major: 1, minor: 24 };

/** The Go modules beside this file, pinned by their go.sum, and what is built of each. */
export const modules = {
  engine: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"],
  hosts: [`${sdk}/nodejs/cmd/pulumi-language-nodejs`, `${sdk}/python/cmd/pulumi-language-python`],
} as const;

/**
 * Builds the Pulumi CLI and its Node.js, Python and YAML language hosts into `bin`, from pinned and checksummed Go modules: for
 * machines that cannot download the official release. About 3 minutes on two cores the first time.
 */
export async function buildFromSource(o: {
  bin: string;
  env: NodeJS.ProcessEnv;
  onProgress(message: string): void;
  signal?: AbortSignal;
}): Promise<void> {
  const go = await findGo(o.env);
  const { signal } = o;
  // Settings of the user's own Go projects must not change what is built.
  const env = { ...o.env, GOFLAGS: "-trimpath -buildvcs=false -mod=readonly", GOWORK: "off", CGO_ENABLED: "0", GOOS: "", GOARCH: "" };
  const started = Date.now();
  const ticker = setInterval(() => o.onProgress(`  still building: ${Math.round((Date.now() - started) / 1000)} s`), 20_000);
  try {
    for (const [name, programs] of Object.entries(modules)) {
      const cwd = join(packageRoot(), "tools", "pulumi", name);
      const list = async (format: string) => (await runCommand(go, ["list", "-m", "-f", format, sdk], { cwd, env, signal })).trim();
      const version = await list("{{.Version}}");
      const flags = `-s -w -X ${sdk}/go/common/version.Version=${version}`;
      await runCommand(go, ["build", "-ldflags", flags, "-o", `${o.bin}/`, ...programs], { cwd, env, signal });
      if (name === "hosts") await copyLaunchers(join(await list("{{.Dir}}"), "nodejs", "dist"), o.bin);
    }
  } finally {
    clearInterval(ticker);
  }
}

/** The launchers of dynamic providers and policy packs are scripts inside the SDK's Go module. */
async function copyLaunchers(dist: string, bin: string): Promise<void> {
  const launchers = {
    "pulumi-resource-pulumi-nodejs": "pulumi-resource-pulumi-nodejs",
    // This Node.js host cannot start a policy pack itself. For a pack whose runtime has no language host the engine uses the
    // script of that name, so a pack of runtime "nodescript" runs.
    "pulumi-analyzer-policy": "pulumi-analyzer-policy-nodescript",
  };
  for (const [from, to] of Object.entries(launchers)) {
    await copyFile(join(dist, from), join(bin, to));
    await chmod(join(bin, to), 0o755);
  }
}

async function findGo(env: NodeJS.ProcessEnv): Promise<string> {
  const needed = `Go ${minimumGo.major}.${minimumGo.minor} or newer`;
  const [go] = findOnPath("go", env);
  if (go === undefined) throw new Error(`building it needs ${needed}, and there is no go on PATH`);
  const printed = (await runCommand(go, ["version"], { env, timeout: 20_000 })).trim();
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(printed) ?? [];
  if (Number(major) !== minimumGo.major || Number(minor) < minimumGo.minor)
    throw new Error(`building it needs ${needed}, and ${go} is "${printed}"`);
  return go;
}
