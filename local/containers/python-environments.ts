import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, utimes } from "node:fs/promises";
import { basename, join, relative } from "node:path";
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

/** The requirements of a job's or model's own code could not be installed: its author's fault, not the platform's. */
export class CodeRequirementsError extends Error {}

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

  /**
   * The Python that has the image's requirements installed, and over them those of the code it is to run; the base interpreter when there
   * are none. Rejects with the installer's own lines.
   */
  async pythonFor(image: LocalImage, codeRequirements: readonly string[] = []): Promise<string> {
    const base = await this.basePython();
    const { requirements = [], resolution = "highest" } = image.manifest ?? {};
    const files = requirements.map((path) => join(image.context, path)).filter((path) => existsSync(path));
    if (files.length === 0 && codeRequirements.length === 0) {
      return base.path;
    }
    const hash = createHash("sha256").update(base.version);
    for (const file of files) {
      hash.update("\0").update(await readFile(file));
    }
    if (resolution !== "highest") {
      hash.update(`\0resolution ${resolution}`);
    }
    for (const file of codeRequirements) {
      hash.update("\0code\0").update(await readFile(file));
    }
    const key = hash.digest("hex").slice(0, 32);
    const existing = this.making.get(key);
    if (existing !== undefined) {
      return existing;
    }
    // A failure is not remembered: the cure may lie outside the requirement files (a network that is back).
    const made = this.make(key, base, files, codeRequirements, image).finally(() => this.making.delete(key));
    this.making.set(key, made);
    return made;
  }

  /** Version of Python without the patch, such as `3.11`. */
  async pythonVersion(): Promise<string> {
    return (await this.basePython()).version.split(".").slice(0, 2).join(".");
  }

  /** The version of a package that an environment has. */
  async installedVersion(python: string, name: string): Promise<string | undefined> {
    const packages = join(python, "..", "..", "lib", `python${await this.pythonVersion()}`, "site-packages");
    const prefix = `${name.toLowerCase().replace(/[-_.]+/g, "_")}-`;
    const found = (await readdir(packages)).find((entry) => entry.toLowerCase().startsWith(prefix) && entry.endsWith(".dist-info"));
    return found?.slice(prefix.length, -".dist-info".length);
  }

  /** Where compiled modules go, so that image contexts stay as they are. */
  get bytecodeDir(): string {
    return join(this.cacheDir, "bytecode");
  }

  private async make(
    key: string,
    base: BasePython,
    files: readonly string[],
    codeFiles: readonly string[],
    image: LocalImage,
  ): Promise<string> {
    const target = join(this.cacheDir, "python", key);
    await installOnce({
      target,
      install: async (folder) => {
        await this.uv(["venv", "--quiet", "--relocatable", "--python", base.path, folder]);
        const python = join(folder, "bin", "python");
        if (files.length > 0) {
          await this.installImage(python, files, image);
        }
        if (codeFiles.length > 0) {
          await this.installCode(python, codeFiles, image);
        }
      },
    });
    // What was used last tells which environments have been forgotten.
    const now = new Date();
    await utimes(target, now, now).catch(() => undefined);
    return join(target, "bin", "python");
  }

  private async installImage(python: string, files: readonly string[], image: LocalImage): Promise<void> {
    const given = ["--python", python, ...files.flatMap((file) => ["--requirement", file])];
    const nearest = image.manifest?.resolution === "lowest-direct";
    const install = (more: readonly string[]) => this.uv(["pip", "install", "--quiet", ...more, ...given]);
    try {
      if (!nearest) {
        await install([]);
        return;
      }
      const flags = ["--resolution", "lowest-direct", "--only-binary", ":all:"];
      // PyTorch's own index has builds for the processor alone; PyPI's bring gigabytes of CUDA, and will do where there is no other.
      const torch = (await Promise.all(files.map((file) => readFile(file, "utf8")))).some((text) => /^torch\b/m.test(text));
      await (torch ? install([...flags, "--torch-backend", "cpu"]).catch(() => install(flags)) : install(flags));
    } catch (error) {
      throw new Error(
        `SLIP-5007 ${files.map((file) => relative(image.context, file)).join(" and ")} cannot be installed\n${lastLines(error)}`,
      );
    }
  }

  /** Over what the image has, whose versions they may move, as in AWS's images; the kit's own stay. */
  private async installCode(python: string, files: readonly string[], image: LocalImage): Promise<void> {
    const constraints = (image.manifest?.constraints ?? []).flatMap((file) => ["--constraint", join(image.context, file)]);
    const given = files.flatMap((file) => ["--requirement", file]);
    await this.uv(["pip", "install", "--quiet", "--python", python, ...constraints, ...given]).catch((error: unknown) => {
      const names = files.map((file) => basename(file)).join(" and ");
      throw new CodeRequirementsError(`SLIP-5007 ${names} of the submitted code cannot be installed\n${lastLines(error)}`);
    });
  }

  private async uv(args: readonly string[]): Promise<void> {
    await run(join(this.toolsDir, "bin", "uv"), [...args], { env: uvEnvironment(process.env), maxBuffer: 64 * 1024 * 1024 });
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
