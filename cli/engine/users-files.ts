import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceLocation } from "../../components/errors/slipway-error";

/** A file of an image's context that came from the model's folder: `code/requirements.txt`, with the path of a kept context before it or not. */
const imageFile = /(?<![\w./-])(?:[\w./-]*\/context\/)?code\/([\w./-]+)/g;

/** A message with files of an image named as the user knows them, `models/<name>/…`. */
export function inUsersFolder(message: string, model: string | undefined, root: string): string {
  if (model === undefined) return message;
  return message.replaceAll(imageFile, (named: string, file: string) => {
    const own = join("models", model, file);
    return existsSync(join(root, own)) ? own : named;
  });
}

/** The line of a requirements file, named in the message, whose whole requirement an installer's words quote. */
export function requirementIn(message: string, root: string): SourceLocation | undefined {
  const [, named = ""] = /(models\/[\w./-]+\.txt)/.exec(message) ?? [];
  const file = join(root, named);
  if (named === "" || !existsSync(file)) return undefined;
  const requirements = readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.replace(/(^|\s)(#|;|--hash).*$/, "").trim());
  const index = requirements.findIndex((requirement) => requirement !== "" && quotes(message, requirement));
  return index < 0 ? undefined : { file, line: index + 1, excerpt: requirements[index] ?? "" };
}

/** `numpy==2` is not quoted by `numpy==2.1`. */
function quotes(message: string, requirement: string): boolean {
  const escaped = requirement.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\w-])${escaped}(?![\\w.-]*\\w)`).test(message);
}
