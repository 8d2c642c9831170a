import { imageUri, platform } from "../../support/platform";
import { apiGroups } from "../arguments/tables/api";
import { hostingGroups } from "../arguments/tables/hosting";
import { modelGroups } from "../arguments/tables/model";
import { platformGroups } from "../arguments/tables/platform";
import { type Group, withValues } from "../arguments/tables/table";
import { trainingGroups } from "../arguments/tables/training";

const groups: readonly Group[] = [...apiGroups, ...modelGroups, ...platformGroups, ...trainingGroups, ...hostingGroups.flatMap(ofModel)];

/** What an endpoint of its own takes, as a model takes it that has one. */
function ofModel({ component, title, base, rows }: Group): Group[] {
  const kinds = Object.entries(base).filter(([key]) => ["realtime", "serverless", "async"].includes(key));
  if (component !== "Endpoint" || kinds.length === 0 || base.modelPackageName !== undefined) return [];
  const its = Object.entries(rows).filter(([path]) => /^(realtime|serverless|async)\.|^(environment|retain)$/.test(path));
  return [
    { component: "ModelService", title, base: { platform, image: imageUri, ...Object.fromEntries(kinds) }, rows: Object.fromEntries(its) },
  ];
}

/**
 * Declarations that somebody could write: arguments that go together, with values that are right. Each group of them in turn, first all of its arguments, then
 * some, and in every third one that is wrong.
 */
export class LikelyDeclarations {
  readonly #turns = new Map<string, number>();

  constructor(private readonly random: () => number) {}

  of(component: string): Record<string, unknown> {
    const its = groups.filter((group) => group.component === component);
    const turn = this.#turns.get(component) ?? 0;
    this.#turns.set(component, turn + 1);
    const group = its[turn % its.length];
    if (group === undefined) throw new Error(`no table has arguments of ${component}`);
    const isFirst = turn < its.length;
    const chosen = Object.entries(group.rows).filter(() => isFirst || this.random() < 0.5);
    const values = chosen.map(([path, [given]]) => [path, given] as const);
    const wrong = Object.entries(group.rows).filter(([, [, , bad]]) => bad !== undefined);
    const [path, row] = wrong[Math.floor(this.random() * wrong.length)] ?? [];
    return withValues(group.base, !isFirst && path !== undefined && this.random() < 0.33 ? [...values, [path, row?.[2]]] : values);
  }
}

/** Paths of the arguments in a declaration. */
export function pathsOf(args: unknown, path = ""): string[] {
  if (typeof args !== "object" || args === null || Array.isArray(args) || Object.getPrototypeOf(args) !== Object.prototype) return [];
  return Object.entries(args).flatMap(([key, value]) => [`${path}${key}`, ...pathsOf(value, `${path}${key}.`)]);
}
