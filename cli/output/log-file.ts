import { appendFileSync, existsSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../../tools/folder";

/** A log is set aside as `<name>.1` when a command starts and it is larger than this. */
const rotateAt = 4 * 1024 * 1024;

/** Copies what a command prints into a file of the state directory. Losing a line must never fail the command. */
export class LogFile {
  private target: string | undefined;

  /** Path of the file, once it is open. */
  get path(): string | undefined {
    return this.target;
  }

  /** Opens the file when its state directory exists, or when `create` says that this command makes it. */
  open(path: string, firstLine: string, create: boolean): void {
    try {
      if (!create && !existsSync(dirname(dirname(path)))) return;
      makeFolder(dirname(path));
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > rotateAt) renameSync(path, `${path}.1`);
      this.target = path;
    } catch {
      return;
    }
    this.write(firstLine);
  }

  write(line: string): void {
    if (this.target === undefined) return;
    try {
      appendFileSync(this.target, `${new Date().toISOString()}  ${line}\n`);
    } catch {
      this.target = undefined;
    }
  }

  close(): void {
    this.target = undefined;
  }
}
