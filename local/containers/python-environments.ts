import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { cacheDir as defaultCacheDir, installOnce } from "../../tools/cache";
import { uvEnvironment } from "../../tools/python/ensure";
import type { LocalImage } from "../images/image-store";

const run = promisify(execFile);

/** How many lines of a failing installation are shown. */
const shownLines = 12;

/** The base interpreter behind the tools' virtual environment: it has no packages of ours. */
interface BasePython {
  readonly path: string;
  /** Such as `3.11.7`. */
  readonly version: string;
}

/**
 * Virtual environments for images that run as processes: one per content of the requirement files and Python version, kept in
 * the user's cache and shared by all projects.
 */
export class PythonEnvironments {
  private base: Promise<BasePython> | undefined;
  private readonly making = new Map<string, Promise<string>>();

  constructor(
    private readonly toolsDir: string,
    private readonly cacheDir: string = defaultCacheDir(),
  ) {}

  /** The Python that has the image's requirements installed; the base interpreter when it has none. Rejects with the installer's own lines. */
  async pythonFor(image: LocalImage): Promise<string> {
    const base = await this.basePython();
    const files = (image.manifest?.requirements ?? []).map((path) => join(image.context, path)).filter((path) => existsSync(path));
    if (files.length === 0) {
      return base.path;
    }
    const hash = createHash("sha256").update(base.version);
    for (const file of files) {
      hash.update("\0").update(await readFile(file));
    }
    const key = hash.digest("hex").slice(0, 32);
    const existing = this.making.get(key);
    if (existing !== undefined) {
      return existing;
    }
    // A failure is not remembered: the cure may lie outside the requirement files (a network that is back).
    const made = this.make(key, base, files, image).finally(() => this.making.delete(key));
    this.making.set(key, made);
    return made;
  }

  /** Where compiled modules go, so that image contexts stay as they are. */
  get bytecodeDir(): string {
    return join(this.cacheDir, "bytecode");
  }

  private async make(key: string, base: BasePython, files: readonly string[], image: LocalImage): Promise<string> {
    const target = join(this.cacheDir, "python", key);
    const uv = join(this.toolsDir, "bin", "uv");
    const options = { env: uvEnvironment(process.env), maxBuffer: 64 * 1024 * 1024 };
    await installOnce({
      target,
      install: async (folder) => {
        await run(uv, ["venv", "--quiet", "--relocatable", "--python", base.path, folder], options);
        const requirements = files.flatMap((file) => ["--requirement", file]);
        await run(uv, ["pip", "install", "--quiet", "--python", join(folder, "bin", "python"), ...requirements], options);
      },
    }).catch((error: unknown) => {
      const names = files.map((file) => relative(image.context, file)).join(" and ");
      throw new Error(`SLIP-5007 ${names} cannot be installed\n${lastLines(error)}`);
    });
    return join(target, "bin", "python");
  }

  private basePython(): Promise<BasePython> {
    this.base ??= findBasePython(join(this.toolsDir, "bin", "python"));
    return this.base;
  }
}

async function findBasePython(venvPython: string): Promise<BasePython> {
  const script = "import platform, sys; print(getattr(sys, '_base_executable', sys.executable)); print(platform.python_version())";
  const { stdout } = await run(venvPython, ["-I", "-c", script]);
  const [path = "python3", version = ""] = stdout.trim().split("\n");
  return { path, version };
}

function lastLines(error: unknown): string {
  const output = error instanceof Error && "stderr" in error && String(error.stderr).trim() !== "" ? String(error.stderr) : String(error);
  return output
    .trim()
    .split("\n")
    .slice(-shownLines)
    .map((line) => `  ${line}`)
    .join("\n");
}
