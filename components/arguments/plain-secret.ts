import type { Problems } from "../errors/problems";
import { type Check, isLater, join, map, type SizeLimits, type TextLimits } from "./checks";
import { looksSecret } from "./secret-names";

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
