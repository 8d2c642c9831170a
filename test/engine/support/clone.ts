import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { root } from "./local-aws";

/** How one command line ended. */
export interface Ending {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A fresh `git clone` of the repository's HEAD, with nothing installed; the user's caches are shared. */
export class Clone {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "slipway-clone-")));

  constructor() {
    execFileSync("git", ["clone", "--quiet", root, this.folder], { stdio: ["ignore", "ignore", "inherit"] });
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Runs a command line as a user types it into a shell in the clone. */
  run(line: string, more: NodeJS.ProcessEnv = {}): Promise<Ending> {
    return new Promise((settle) => {
      const options = { cwd: this.folder, env: { ...shellEnvironment(), ...more }, maxBuffer: 64 * 1024 * 1024 };
      const child = execFile("sh", ["-c", line], options, (_error, stdout, stderr) =>
        settle({ exitCode: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The environment of a shell outside this repository: without what `npm test` and vitest have put there. */
function shellEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(npm_(package|lifecycle)_.*|npm_command|npm_config_(local_prefix|loglevel)|INIT_CWD|NODE_ENV|TEST|VITEST.*|SLIPWAY_.*)$/;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) };
}

/** Contents of the fenced blocks of a page in one language. */
export function fencedBlocks(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter((match) => match[1] === language).map((match) => match[2] ?? "");
}

/** A process and everything below it, by id. */
export function familyOf(pid: number): number[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = [pid];
  for (const parent of family) for (const [child = 0, its] of table) if (its === parent) family.push(child);
  return family;
}
