import { dirname } from "node:path";
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";

/** One thing wrong with a declaration: where, and what was given, what is allowed and the cure in one sentence. */
export interface Fault {
  readonly path: string;
  readonly reason: string;
}

/** Collects every fault of one declaration, so that all are reported at once and before anything is created. */
export class Problems {
  readonly faults: Fault[] = [];

  add(path: string, reason: string): void {
    this.faults.push({ path, reason });
  }

  /** Throws one `DeclarationError` naming all faults; does nothing when there are none. */
  throwIfAny(component: string, name: string): void {
    if (this.faults.length > 0) {
      throw new DeclarationError([{ component, name, faults: this.faults, location: callerLocation() }]);
    }
  }
}

/** The faults of one component instance, and the line of the user's program that declared it. */
export interface FaultyDeclaration {
  readonly component: string;
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly location: string | undefined;
}

/** `SLIP-1001`: all faults of one or more declarations. Prints as its message alone, without a stack of ours. */
export class DeclarationError extends pulumi.InputPropertiesError {
  readonly declarations: readonly FaultyDeclaration[];

  constructor(declarations: readonly FaultyDeclaration[]) {
    super({
      message: declarations.map(describe).join("\n"),
      errors: declarations.flatMap((d) => d.faults.map((f) => ({ propertyPath: f.path, reason: f.reason }))),
    });
    this.name = "DeclarationError";
    this.declarations = declarations;
    // Component providers print the stack where there is one.
    this.stack = this.message;
    // The Node host prints errors that carry this mark by their message; it prints all others with the stack of the SDK.
    Object.defineProperty(this, "__pulumiRunError", { value: true });
  }

  [inspect.custom](): string {
    return this.message;
  }
}

function describe({ component, name, faults, location }: FaultyDeclaration): string {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  const lines = [`SLIP-1001 ${component} "${name}" has ${count}; nothing of it was created`];
  if (location !== undefined) {
    lines.push(`    ${location}`);
  }
  return [...lines, ...faults.map((fault) => `  ${fault.path}: ${fault.reason}`)].join("\n");
}

const libraryFolder = `${dirname(__dirname)}/`;

/** The user's own line: the first frame that is neither of this library nor of a package, relative to the working directory. */
function callerLocation(): string | undefined {
  const frames = new Error().stack?.split("\n").slice(1) ?? [];
  for (const frame of frames) {
    const match = /\(?((?:file:\/\/)?\/[^():]+):(\d+):\d+\)?$/.exec(frame.trim());
    const file = match?.[1]?.replace("file://", "");
    if (file === undefined || frame.includes("node:") || file.includes("/node_modules/") || file.startsWith(libraryFolder)) {
      continue;
    }
    return `${file.startsWith(`${process.cwd()}/`) ? file.slice(process.cwd().length + 1) : file}:${match?.[2]}`;
  }
  return undefined;
}
