import { show } from "../arguments";
import type { Problems } from "../errors/problems";
import { type AlarmsArgs, checkAlarms } from "./alarms-spec";
import { type AsyncArgs, type AsyncSpec, asyncSpec, checkAsyncRules } from "./async-spec";
import { checkRealtimeRules, type RealtimeArgs, type RealtimeSpec, realtimeSpec, variantName } from "./endpoint-spec";
import { checkServerlessRules, type ServerlessArgs } from "./serverless-spec";

/** How a model answers: from instances that are always there, from containers that come with the requests, or later, through S3. */
export type ServingKind = "realtime" | "serverless" | "async";

/** One of these says how a model is served. */
export interface ServingArgs {
  realtime?: RealtimeArgs;
  serverless?: ServerlessArgs;
  async?: AsyncArgs;
  alarms?: AlarmsArgs;
}

/** What is served, with all defaults. */
export type ServingSpec =
  | ({ readonly kind: "realtime" } & RealtimeSpec)
  | ({ readonly kind: "serverless" } & ServerlessArgs)
  | ({ readonly kind: "async" } & AsyncSpec);

const kinds = ["realtime", "serverless", "async"] as const;

/** Exactly one kind is given, and its own rules hold. */
export function checkServing(args: ServingArgs, problems: Problems): void {
  const given = kinds.filter((kind) => args[kind] !== undefined);
  const [first, ...more] = given;
  if (first === undefined) {
    problems.add("realtime", 'is missing; say how the model is served, such as realtime: { instanceType: "ml.m5.large" }');
  }
  for (const kind of more) {
    problems.add(
      kind,
      `got ${show(args[kind])} together with ${first}; a model is served in one way: remove all of ${given.join(", ")} but one`,
    );
  }
  if (isObject(args.realtime)) {
    checkRealtimeRules(args.realtime, "realtime", problems);
  }
  if (isObject(args.serverless)) {
    checkServerlessRules(args.serverless, "serverless", problems);
  }
  if (isObject(args.async)) {
    checkAsyncRules(args.async, "async", problems);
  }
  if (isObject(args.alarms) && first !== undefined && more.length === 0) {
    const variants = [args.realtime ?? args.async, ...Object.values(isObject(args.realtime) ? (args.realtime.variants ?? {}) : {})];
    const types = variants.flatMap((variant) => (isObject(variant) && variant.instanceType !== undefined ? [variant.instanceType] : []));
    checkAlarms(args.alarms, { kind: first, types }, "alarms", problems);
  }
}

/** Fills in defaults. Expects arguments that passed the checks. */
export function servingSpec({ realtime, serverless, async }: ServingArgs): ServingSpec {
  if (async !== undefined) {
    return { kind: "async", ...asyncSpec(async) };
  }
  if (serverless !== undefined) {
    return { kind: "serverless", ...serverless };
  }
  return { kind: "realtime", ...realtimeSpec(realtime ?? { instanceType: "" }) };
}

/** The instance type of each production variant, by its name. */
export function instanceTypes(spec: Exclude<ServingSpec, { kind: "serverless" }>): Readonly<Record<string, string>> {
  const others = spec.kind === "realtime" ? spec.variants : [];
  return Object.fromEntries([
    [variantName, spec.instanceType],
    ...others.map(({ name, instanceType }) => [name, instanceType]),
  ]) as Readonly<Record<string, string>>;
}

function isObject<T>(value: T | undefined): value is T & object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
