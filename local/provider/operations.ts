import { allTags, DEFAULTS, deletesFirst, type NameRequest, named } from "./autoname";
import { type Difference, differences, sameValue } from "./diff";
import { explained, PartiallyCreated } from "./errors";
import type { Registry } from "./registry";
import type { Change, Context, ResourceSpec } from "./spec";
import { hasUnknown, isList, isValues, text, UNKNOWN, type Value, type Values } from "./values";

export interface Diff {
  readonly differences: readonly Difference[];
  readonly deleteBeforeReplace: boolean;
}

export interface Existing {
  readonly id: string;
  readonly outputs: Values;
  readonly inputs: Values;
}

const COMMON = ["id", "region", "tagsAll", "arn"];

/** The provider's resource operations on plain values: what is common to all types, over the table of types. */
export class Operations {
  constructor(readonly registry: Registry) {}

  async check(anywhere: Context, type: string, news: Values, olds: Values, request: NameRequest): Promise<Values> {
    const spec = this.registry.spec(type);
    const inputs = spec.check === undefined ? news : await spec.check(regional(anywhere, news), news);
    return named(inputs, olds, spec.autoname, request);
  }

  diff(context: Context, type: string, change: Change, ignored: readonly string[]): Diff {
    const spec = this.registry.spec(type);
    const rule = this.registry.replaceRule(type);
    const found = differences(change.olds, change.news, rule, ignored);
    if (found.length === 0 && tagsMoved(context, change)) found.push({ path: "tagsAll", kind: "update", replaces: false });
    return { differences: found, deleteBeforeReplace: rule.deleteFirst === true || deletesFirst(change.news, spec.autoname) };
  }

  /** In a preview, what the creation will compute is unknown. */
  async create(anywhere: Context, type: string, inputs: Values, preview: boolean): Promise<{ id: string; outputs: Values }> {
    const context = regional(anywhere, inputs);
    const spec = this.registry.spec(type);
    const base = { ...withoutDefaults(inputs), ...common(context, inputs) };
    if (preview) return { id: "", outputs: { ...base, ...unknown(spec.computed) } };
    refuseUnknown(inputs);
    const { id, outputs } = await this.#doing(type, "creating", subject(spec, inputs), () =>
      completing(base, spec.create(context, inputs)),
    );
    return { id, outputs: { ...base, ...outputs } };
  }

  async update(anywhere: Context, type: string, change: Change, preview: boolean): Promise<Values> {
    const context = regional(anywhere, change.news);
    const spec = this.registry.spec(type);
    const kept = Object.fromEntries(
      Object.entries(change.state).filter(([name]) => !(name in change.olds) || spec.computed.includes(name)),
    );
    const base = { ...kept, ...withoutDefaults(change.news), ...common(context, change.news) };
    if (preview) return { ...base, ...unknown(spec.renewed?.(change.olds, change.news) ?? []) };
    refuseUnknown(change.news);
    if (spec.update === undefined) return base;
    const update = spec.update.bind(spec);
    const outputs = await this.#doing(type, "updating", change.id, () => completing(base, update(context, change)));
    return { ...base, ...outputs };
  }

  /** The resource as it is now; its inputs carry what has drifted, so that the next `up` repairs it. */
  async read(anywhere: Context, type: string, id: string, state: Values, inputs: Values): Promise<Existing | undefined> {
    const context = regional(anywhere, state);
    const spec = this.registry.spec(type);
    const outputs = await this.#doing(type, "reading", id, () => spec.read(context, id, state));
    if (outputs === undefined) return undefined;
    const imported = Object.keys(state).length === 0 && Object.keys(inputs).length === 0;
    const seen = imported ? imports(spec, outputs) : { ...inputs, ...drift(inputs, outputs) };
    return { id, outputs: { ...state, ...outputs }, inputs: seen };
  }

  async delete(anywhere: Context, type: string, id: string, state: Values): Promise<void> {
    const context = regional(anywhere, state);
    const spec = this.registry.spec(type);
    await this.#doing(type, "deleting", id, () => spec.delete(context, id, state));
  }

  async #doing<Result>(type: string, verb: string, name: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw explained(`${verb} ${this.registry.title(type)} (${name})`, error);
    }
  }
}

/** A resource that exists but failed is kept with all its properties, not only with those its operation knew. */
async function completing<Result>(base: Values, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PartiallyCreated) throw new PartiallyCreated(error.message, error.id, { ...base, ...error.outputs });
    throw error;
  }
}

/** A resource may name a region of its own. */
function regional(context: Context, values: Values): Context {
  const region = text(values, "region");
  return region === undefined ? context : context.inRegion(region);
}

function subject(spec: ResourceSpec, inputs: Values): string {
  const named = [spec.autoname?.property, "name", "trainingJobName", "domainName", "userProfileName", "bucket", "role"]
    .map((property) => (property === undefined ? undefined : inputs[property]))
    .find((value) => typeof value === "string");
  return typeof named === "string" ? named : "new";
}

function withoutDefaults(inputs: Values): Values {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== DEFAULTS));
}

function common(context: Context, inputs: Values): Record<string, Value> {
  const tags = allTags(inputs, context.defaultTags);
  const tagged = inputs.tags !== undefined || Object.keys(tags).length > 0;
  return { region: inputs.region ?? context.region, ...(tagged && { tagsAll: hasUnknown(inputs.tags) ? UNKNOWN : tags }) };
}

function tagsMoved(context: Context, { news, state }: Change): boolean {
  return state.tagsAll !== undefined && !hasUnknown(news.tags) && !sameValue(state.tagsAll, allTags(news, context.defaultTags));
}

function unknown(names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(names.map((name) => [name, UNKNOWN]));
}

function refuseUnknown(inputs: Values): void {
  const names = Object.keys(inputs).filter((name) => hasUnknown(inputs[name]));
  if (names.length > 0) throw new Error(`the engine sent unknown values outside of a preview: ${names.join(", ")}`);
}

function drift(inputs: Values, outputs: Values): Values {
  return Object.fromEntries(
    Object.keys(inputs).flatMap((name) => {
      const now = projected(outputs[name], inputs[name]);
      return now === undefined || sameValue(inputs[name], now) ? [] : [[name, now]];
    }),
  );
}

/** What is there now of what was asked for: members the service filled in by itself are no drift. */
function projected(now: Value | undefined, asked: Value | undefined): Value | undefined {
  if (isValues(now) && isValues(asked)) {
    return Object.fromEntries(
      Object.keys(asked).flatMap((key) => (now[key] === undefined ? [] : [[key, projected(now[key], asked[key]) ?? null]])),
    );
  }
  if (isList(now) && isList(asked)) return now.map((member, index) => projected(member, asked[index]) ?? null);
  return now;
}

function imports(spec: ResourceSpec, outputs: Values): Values {
  return {
    ...Object.fromEntries(Object.entries(outputs).filter(([name]) => !COMMON.includes(name) && !spec.computed.includes(name))),
    [DEFAULTS]: [],
  };
}
