import * as pulumi from "@pulumi/pulumi";
import { Problems } from "../errors/problems";
import { isLater } from "./checks";

type Settings = { readonly [name: string]: pulumi.Input<string> };

/** Where settings stand, and how long AWS takes each (characters). */
export interface SettingsPlace {
  readonly component: string;
  readonly name: string;
  readonly path: string;
  readonly max: number;
}

/** The same names and values; what is known only during the deployment is checked then. */
export function shortEnough(settings: Settings, place: SettingsPlace): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      isLater(value) ? pulumi.output(value).apply((known) => notTooLong(key, known, place)) : value,
    ]),
  );
}

/** The value; one that is longer than AWS takes is refused without being shown: it may be a stack secret, and AWS's own refusal would repeat it. */
export function notTooLong(key: string, value: string, { component, name, path, max }: SettingsPlace): string {
  const problems = new Problems();
  if (typeof value === "string" && value.length > max) {
    problems.add(
      `${path}.${key}`,
      `has ${value.length} characters; at most ${max} are allowed: give a shorter value, or the name of where it is`,
    );
  }
  problems.throwIfAny(component, name);
  return value;
}
