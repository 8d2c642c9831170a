import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { DeclarationError } from "../../../components";
import { type ComponentClass, publicComponents } from "../../../components/provider/public-components";
import { MockedEngine } from "../../support/mocks";
import { promiseOf } from "../../support/promise-of";
import { apiGroups } from "./tables/api";
import { hostingGroups } from "./tables/hosting";
import { modelGroups } from "./tables/model";
import { platformGroups } from "./tables/platform";
import { argumentsOf, everyArgument } from "./tables/schema-arguments";
import { type Group, withValues } from "./tables/table";
import { trainingGroups } from "./tables/training";

const groups: readonly Group[] = [...apiGroups, ...hostingGroups, ...modelGroups, ...platformGroups, ...trainingGroups];
const name = "every";

function declare({ component }: Group, args: object): pulumi.ComponentResource {
  const Component = publicComponents[component] as ComponentClass;
  return new Component(name, args as never);
}

/** What is planned, one line for each value: `<type> <name> <path>=<value>`. */
async function planned(group: Group, args: object): Promise<Set<string>> {
  const engine = await MockedEngine.start();
  const outputs = await outputsOf(declare(group, args));
  await MockedEngine.settled();
  const lines = engine.registered.flatMap(({ type, name: resource, inputs, options }) => [
    `${type} ${resource}`,
    ...leaves(inputs).map((leaf) => `${type} ${resource} ${leaf}`),
    ...leaves({ replacementTrigger: options.replacementTrigger, protect: options.protect, retainOnDelete: options.retainOnDelete }).map(
      (leaf) => `${type} ${resource} ${leaf}`,
    ),
    ...leaves(processManifest(inputs)).map((leaf) => `slipway-image.json ${leaf}`),
  ]);
  return new Set([...lines, ...leaves(outputs).map((leaf) => `outputs ${leaf}`)]);
}

/** What a component tells other programs. */
async function outputsOf(component: pulumi.ComponentResource): Promise<unknown> {
  const members = Object.entries(component).filter((entry): entry is [string, pulumi.Output<unknown>] =>
    pulumi.Output.isInstance(entry[1]),
  );
  return Object.fromEntries(await Promise.all(members.map(async ([key, output]) => [key, await promiseOf(output)])));
}

/** How a staged image is started without Docker, which is told to no provider. */
function processManifest({ build }: Readonly<Record<string, unknown>>): unknown {
  const { context } = (typeof build === "object" && build !== null ? build : {}) as { readonly context?: string };
  const path = join(context ?? "", "slipway-image.json");
  return context !== undefined && existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

function leaves(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null) return value === undefined ? [] : [`${path}=${String(value)}`];
  return Object.entries(value).flatMap(([key, member]) => leaves(member, path === "" ? key : `${path}.${key}`));
}

/** Paths of the faults a declaration is refused for. */
function faultyPaths(group: Group, args: object): string[] {
  try {
    declare(group, args);
  } catch (error) {
    if (error instanceof DeclarationError) return error.declarations.flatMap(({ faults }) => faults.map(({ path }) => path));
    throw error;
  }
  return [];
}

describe.each(groups)("the arguments of $component $title", (group) => {
  const rows = Object.entries(group.rows);

  test("each change what is planned", async () => {
    const before = await planned(group, withValues(group.base, []));
    const given = withValues(
      group.base,
      rows.map(([path, [value]]) => [path, value]),
    );
    const changed = [...(await planned(group, given))].filter((line) => !before.has(line));
    const missing = rows
      .filter(([, [, effect]]) => !changed.some((line) => line.includes(effect)))
      .map(([path, [, effect]]) => `${path}: ${effect}`);
    expect(missing, changed.join("\n")).toEqual([]);
  });

  test("are each refused by name when they are faulty", async () => {
    await MockedEngine.start();
    const faulty = rows.filter(([, [, , bad]]) => bad !== undefined);
    // Faults of one object may hide those in it: each is tried alone.
    const silent = faulty.filter(([path, [, , bad]]) => {
      const args = withValues(group.base, [...rows.map(([other, [value]]) => [other, value] as const), [path, bad]]);
      const place = path.replace(/\.(\d+)(?=\.|$)/g, "[$1]");
      return !faultyPaths(group, args).some((found) => found === place || found.startsWith(`${place}.`) || found.startsWith(`${place}[`));
    });
    expect(silent.map(([path]) => path)).toEqual([]);
  });
});

test("no argument of a component is without a row that says what it does and what it may not be (add one to test/components/arguments/tables)", () => {
  const said = new Set(groups.flatMap(({ component, rows }) => Object.keys(rows).flatMap((path) => argumentsOf(component, path))));
  expect(everyArgument().filter((argument) => !said.has(argument))).toEqual([]);
});
