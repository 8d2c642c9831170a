import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A copy of the working tree that a benchmark or a test may edit; it shares the installed packages and the user's caches. */
export class ProjectCopy {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "slipway-copy-")));

  constructor(source: string) {
    const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: source, encoding: "utf8" });
    const present = files.split("\0").filter((file) => file !== "" && existsSync(join(source, file)));
    for (const file of present) cpSync(join(source, file), join(this.root, file), { recursive: true });
    symlinkSync(join(source, "node_modules"), join(this.root, "node_modules"));
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), "utf8");
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.root, file)), { recursive: true });
    writeFileSync(join(this.root, file), text);
  }

  /** Changes one file; throws when there was nothing to change. */
  edit(file: string, change: (text: string) => string): void {
    const before = this.read(file);
    const after = change(before);
    if (after === before) throw new Error(`${file} has nothing to change in ${this.root}`);
    this.write(file, after);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
