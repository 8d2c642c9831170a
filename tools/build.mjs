// Builds dist/: one file per entry point by esbuild, only when a file that went into it has changed. Needs esbuild alone.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Bundle name -> its entry file. */
const entries = {
  cli: "cli/main.ts",
  daemon: "local/daemon-main.ts",
  test: "tools/test/main.ts",
  audit: "tools/supply-chain/audit/main.ts",
  licences: "tools/supply-chain/licences/main.ts",
  bench: "test/bench/main.ts",
};

// Left outside the bundles: Pulumi's SDKs (and what they hand over objects of), which must be one copy in the process, and esbuild, a native program.
const external = ["@pulumi/*", "@grpc/grpc-js", "google-protobuf", "esbuild", "typescript"];

/** Change of these means a rebuild, besides the files that went into a bundle: the recipe itself and what npm has installed. */
const recipe = (root) => [fileURLToPath(import.meta.url), join(root, "node_modules", ".package-lock.json")];

const fingerprint = (path) => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? "missing" : `${found.mtimeMs}:${found.size}`;
};

const recordOf = (root, name) => join(root, "dist", `.${name}.inputs.json`);

/** True when the bundle exists and nothing that went into it has changed since. */
function isFresh(root, name) {
  if (!existsSync(join(root, "dist", `${name}.js`)) || !existsSync(recordOf(root, name))) return false;
  const inputs = JSON.parse(readFileSync(recordOf(root, name), "utf8"));
  return Object.entries(inputs).every(([path, before]) => fingerprint(path) === before);
}

/**
 * Builds the named bundles that are out of date. An unfinished bundle is never seen: it is written aside and renamed.
 * @param {string} root the package's root folder
 * @param {string[]} names keys of the entry table
 * @param {(line: string) => void} say told what is built
 */
export async function buildBundles(root, names, say) {
  const stale = names.filter((name) => !isFresh(root, name));
  const missing = stale.filter((name) => !existsSync(join(root, entries[name])));
  if (missing.length > 0)
    throw new Error(`Cannot build ${missing.join(", ")}: ${missing.map((name) => entries[name]).join(", ")} does not exist.`);
  if (stale.length === 0) return;
  const started = Date.now();
  const esbuild = await import("esbuild");
  for (const name of stale) await buildBundle(esbuild, root, name);
  say(`Built ${stale.join(", ")} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

async function buildBundle(esbuild, root, name) {
  const dist = join(root, "dist");
  const aside = join(dist, `.${name}-${process.pid}`);
  mkdirSync(aside, { recursive: true });
  try {
    const { metafile } = await esbuild.build({
      absWorkingDir: root,
      entryPoints: { [name]: entries[name] },
      outdir: aside,
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      sourcemap: true,
      metafile: true,
      external,
      logLevel: "warning",
    });
    // node_modules is watched through npm's own record of what is installed.
    const own = Object.keys(metafile.inputs).filter((path) => !path.includes("node_modules/"));
    const inputs = [...recipe(root), ...own.map((path) => join(root, path))];
    writeFileSync(join(aside, "inputs.json"), JSON.stringify(Object.fromEntries(inputs.map((path) => [path, fingerprint(path)]))));
    rmSync(recordOf(root, name), { force: true });
    renameSync(join(aside, `${name}.js.map`), join(dist, `${name}.js.map`));
    renameSync(join(aside, `${name}.js`), join(dist, `${name}.js`));
    renameSync(join(aside, "inputs.json"), recordOf(root, name));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Compiles the published library to dist/lib; throws when TypeScript refuses. */
export function buildLibrary(root) {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  rmSync(join(root, "dist", "lib"), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Error("tsc -p tsconfig.build.json failed; its messages are above.");
}
