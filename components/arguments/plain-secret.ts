import type { Problems } from "../errors/problems";
import { type Check, isLater, join, map, type SizeLimits, type TextLimits } from "./checks";

const secretNames = /(^|_)(password|passwd|secret|token|credentials?|(api|access|private)_?key)(_|$)/;

/** The last word of a name that only says where a secret is, or how much of something there is. */
const harmlessEndings = /_(arn|name|file|path|id|url|ttl|limit|count|length)$/;

/** Tokens of a vocabulary. */
const vocabulary = /(^|_)(pad|eos|bos|unk|mask|sep|cls|start|end|stop|image|special|max|min|num)_token(_|$)/;
const secretValues = /^(AKIA|ASIA)[A-Z0-9]{16}$|-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const harmlessValues = /^(|true|false|none|null|arn:.*|s3:\/\/.*|\{\{resolve:.*)$/is;

/** Whether a setting that everybody may read who may describe the resource looks like a secret, by its name or its value. */
export function looksSecret(name: string, value: string): boolean {
  if (secretValues.test(value)) return true;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/-/g, "_")
    .toLowerCase();
  return !harmlessValues.test(value) && secretNames.test(words) && !harmlessEndings.test(words) && !vocabulary.test(words);
}

/** Names with values that code is given: a `map` that refuses what looks like a secret, without showing it. Values known only later are the policy pack's to check. */
export function settings(item: Check, limits: SizeLimits & { readonly key?: TextLimits }): Check {
  const check = map(item, limits);
  return (value, path, problems) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      check(value, path, problems);
      return;
    }
    const shown = Object.entries(value).map(([name, given]) => [name, refuse(name, given, path, problems) ? "…" : given] as const);
    check(Object.fromEntries(shown), path, problems);
  };
}

function refuse(name: string, value: unknown, path: string, problems: Problems): boolean {
  const isSecret = !isLater(value) && looksSecret(name, String(value ?? ""));
  if (isSecret) {
    problems.add(
      join(path, name),
      "looks like a secret, which everybody could read who may describe the resource; keep it in AWS Secrets Manager or as an SSM parameter, give its ARN here, and let the code read it: the role then may. If it is none, give it another name",
    );
  }
  return isSecret;
}
