import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { cacheDir, installOnce } from "../cache";
import { packageRoot } from "../package-root";
import { buildFromSource } from "./build-from-source";
import { findCliOnPath } from "./find-on-path";
import { downloadRelease, officialReleases, type ReleaseSource } from "./release";

/** A Pulumi CLI that fits the SDK this package uses. */
export interface PulumiToolchain {
  /** The folder to put first on PATH. */
  readonly bin: string;
  readonly version: string;
  readonly source: "path" | "cache" | "download" | "build";
}

export interface EnsurePulumiOptions {
  /** Told what happens when it takes long; each message is a line. */
  onProgress?(message: string): void;
  /** @default this process's environment */
  env?: NodeJS.ProcessEnv;
  /** @default the official releases */
  releases?: ReleaseSource;
  /** Ends an installation when it is aborted. */
  signal?: AbortSignal;
}

/**
 * Finds a Pulumi CLI, or gets one: on PATH when new enough, else in the user's cache, else the official release, else built from
 * pinned sources. Throws SLIP-5003 with what was tried and what to install.
 */
export async function ensurePulumi(o: EnsurePulumiOptions = {}): Promise<PulumiToolchain> {
  const env = o.env ?? process.env;
  const say = o.onProgress ?? (() => undefined);
  const version = wantedVersion();
  const onPath = await findCliOnPath(version, env);
  if ("bin" in onPath) return { ...onPath, source: "path" };

  const target = join(cacheDir(env), "pulumi", version);
  const cached: PulumiToolchain = { bin: join(target, "bin"), version, source: "cache" };
  if (existsSync(target)) return cached;
  const tried = [onPath.reason];
  let source: PulumiToolchain["source"] = "cache";
  const started = Date.now();
  await installOnce({
    target,
    onWait: () => say(`Waiting for another process that installs Pulumi ${version}`),
    install: async (folder) => {
      source = await install(join(folder, "bin"), { version, env, say, tried, releases: o.releases ?? officialReleases, signal: o.signal });
    },
  });
  if (source !== "cache") say(`  Pulumi ${version} is ready (${Math.round((Date.now() - started) / 1000)} s)`);
  return { ...cached, source };
}

/** The CLI's version is the SDK's, as package.json pins it. */
function wantedVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { dependencies: Record<string, string> };
  const version = manifest.dependencies["@pulumi/pulumi"];
  if (version === undefined) throw new Error("package.json does not name @pulumi/pulumi");
  return version;
}

interface Attempt {
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly releases: ReleaseSource;
  readonly signal: AbortSignal | undefined;
  /** Why earlier ways did not work; for the last error. */
  readonly tried: string[];
  say(message: string): void;
}

async function install(bin: string, o: Attempt): Promise<"download" | "build"> {
  o.say(`Getting Pulumi ${o.version} (${o.tried.join("; ")})`);
  try {
    await downloadRelease({ version: o.version, bin, source: o.releases, onProgress: o.say, signal: o.signal });
    return "download";
  } catch (error) {
    o.signal?.throwIfAborted();
    o.tried.push(`download: ${reason(error)}`);
    o.say(`  the official release cannot be used: ${reason(error)}`);
  }
  o.say("  building it from source instead; the first time this takes some minutes");
  try {
    await mkdir(bin, { recursive: true });
    await buildFromSource({ bin, env: o.env, onProgress: o.say, signal: o.signal });
    return "build";
  } catch (error) {
    o.signal?.throwIfAborted();
    o.tried.push(`build: ${reason(error)}`);
    throw new SlipwayError("SLIP-5003", `Pulumi ${o.version} is not on this machine and could not be installed`, {
      details: o.tried,
      cure: `Install the Pulumi CLI ${o.version} or newer (https://www.pulumi.com/docs/install/), or Go 1.24 or newer (https://go.dev/dl/), and run again.`,
      cause: error,
    });
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
