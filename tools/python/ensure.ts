import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { cacheDir, installOnce } from "../cache";
import { CommandFailed, runCommand } from "../command";
import { packageRoot } from "../package-root";
import { type FoundPython, findPython } from "./find-python";

/** A virtual environment in the user's cache. Run its tools as `python -m <tool>`. */
export interface PythonTools {
  /** The environment's interpreter. */
  readonly python: string;
  /** The `uv` program, which makes further environments. */
  readonly uv: string;
  /** The environment's folder. */
  readonly venv: string;
}

export interface EnsurePythonOptions {
  /** Told what happens when it takes long; each message is a line. */
  onProgress?(message: string): void;
  /** @default this process's environment */
  env?: NodeJS.ProcessEnv;
  /** Ends an installation when it is aborted. */
  signal?: AbortSignal;
}

/** The environment that runs the local AWS services (`python -m ministack`), with `uv` in it. */
export function ensureLocalTools(o: EnsurePythonOptions = {}): Promise<PythonTools> {
  return ensureVenv("local", "the local AWS services", ["tools/python/requirements-local.txt"], o);
}

/** The environment of development: the linters, test runner and AWS client of the Python side, with what the kit and the project's models need. */
export function ensureDevTools(o: EnsurePythonOptions = {}): Promise<PythonTools> {
  const models = ["iris", "translation"].map((model) => `models/${model}/requirements.txt`);
  return ensureVenv("dev", "the Python test tools", ["tools/python/requirements-dev.txt", "container/requirements.txt"], o, models);
}

/** The environment with checkov, which judges what the components plan. Apart from the others: it asks for a hundred packages. */
export function ensureCheckov(o: EnsurePythonOptions = {}): Promise<PythonTools> {
  return ensureVenv("checkov", "checkov", ["tools/python/requirements-checkov.txt"], o);
}

/** The environment with pip-audit and CycloneDX's own tools, which judge what is installed. */
export function ensureAuditTools(o: EnsurePythonOptions = {}): Promise<PythonTools> {
  return ensureVenv("audit", "the tools of the audit", ["tools/python/requirements-audit.txt"], o);
}

/** What `uv` needs to know of the user's settings for pip: it reads none of pip's own. */
export function uvEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const index = env.UV_DEFAULT_INDEX ?? env.UV_INDEX_URL ?? env.PIP_INDEX_URL;
  const certificates = env.SSL_CERT_FILE ?? env.PIP_CERT ?? env.REQUESTS_CA_BUNDLE;
  return {
    ...env,
    ...(index === undefined ? {} : { UV_DEFAULT_INDEX: index }),
    ...(certificates === undefined ? {} : { SSL_CERT_FILE: certificates }),
    UV_HTTP_TIMEOUT: env.UV_HTTP_TIMEOUT ?? "180",
    UV_NO_PROGRESS: "1",
    UV_PYTHON_DOWNLOADS: "never",
  };
}

/**
 * One environment per set of requirement files (their bytes) and Python, shared by all clones of this user. Of `requirements` every package has its hashes, or
 * nothing is installed; those of models need none.
 */
async function ensureVenv(
  name: string,
  purpose: string,
  requirements: readonly string[],
  o: EnsurePythonOptions,
  models: readonly string[] = [],
): Promise<PythonTools> {
  const env = o.env ?? process.env;
  const say = o.onProgress ?? (() => undefined);
  const python = await findPython(env);
  const root = packageRoot();
  const files = [...requirements, ...models, "tools/python/requirements-uv.txt"].map((file) => join(root, file));
  const hash = createHash("sha256").update(`${python.path} ${python.version}`);
  for (const file of files) hash.update("\0").update(await readFile(file));
  const venv = join(cacheDir(env), "python", `${name}-${hash.digest("hex").slice(0, 16)}`);
  const tools: PythonTools = { python: join(venv, "bin", "python"), uv: join(venv, "bin", "uv"), venv };
  if (existsSync(venv)) return tools;

  const started = Date.now();
  const did = await installOnce({
    target: venv,
    onWait: () => say(`Waiting for another process that installs ${purpose}`),
    install: async (folder) => {
      say(`Installing ${purpose} (Python ${python.version})`);
      await fill(
        folder,
        python,
        { own: files.slice(0, requirements.length), models: files.slice(requirements.length, -1) },
        env,
        o.signal,
      ).catch((error: unknown) => {
        throw explain(
          error,
          purpose,
          files.map((file) => relative(root, file)),
        );
      });
    },
  });
  if (did) say(`  installed in ${Math.round((Date.now() - started) / 1000)} s`);
  return tools;
}

async function fill(
  folder: string,
  python: FoundPython,
  files: { readonly own: readonly string[]; readonly models: readonly string[] },
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<void> {
  const boot = `${folder}.boot`;
  const uvSettings = uvEnvironment(env);
  try {
    await runCommand(python.path, ["-m", "venv", boot], { env, signal });
    const uvFile = join(packageRoot(), "tools", "python", "requirements-uv.txt");
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", uvFile];
    await runCommand(join(boot, "bin", "python"), pip, { env, signal });
    const uv = join(boot, "bin", "uv");
    // Relocatable, because the folder gets its final name only when it is complete.
    await runCommand(uv, ["venv", "--quiet", "--relocatable", "--allow-existing", "--python", python.path, folder], {
      env: uvSettings,
      signal,
    });
    const install = (...more: readonly string[]) =>
      runCommand(uv, ["pip", "install", "--quiet", "--compile-bytecode", "--python", join(folder, "bin", "python"), ...more], {
        env: uvSettings,
        signal,
      });
    await install("--require-hashes", ...files.own.flatMap((file) => ["-r", file]));
    if (files.models.length > 0) {
      await install(...files.models.flatMap((file) => ["-r", file]), ...files.own.flatMap((file) => ["-c", file]));
    }
    await copyFile(uv, join(folder, "bin", "uv"));
  } finally {
    await rm(boot, { recursive: true, force: true });
  }
}

function explain(error: unknown, purpose: string, files: readonly string[]): unknown {
  if (!(error instanceof CommandFailed)) return error;
  return new SlipwayError(
    "SLIP-5007",
    `${purpose[0]?.toUpperCase()}${purpose.slice(1)} could not be installed from ${files.join(" and ")}`,
    {
      details: error.message.split("\n"),
      cure: "Check the network and the package index settings (PIP_INDEX_URL, PIP_CERT), then run again.",
      cause: error,
    },
  );
}
