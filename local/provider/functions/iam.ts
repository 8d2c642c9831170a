import { createHash } from "node:crypto";
import type { Context } from "../spec";
import { blocks, text, texts, type Value, type Values } from "../values";

type Json = string | Json[] | { [key: string]: Json };

/** The JSON of a policy written as statements, with the defaults of the real function. */
export function policyDocument(_context: Context, args: Values): Values {
  const version = text(args, "version") ?? "2012-10-17";
  const policyId = text(args, "policyId");
  const overridden = [
    ...(texts(args, "sourcePolicyDocuments") ?? []).flatMap(statementsOf),
    ...blocks(args, "statements").map(statement),
    ...(texts(args, "overridePolicyDocuments") ?? []).flatMap(statementsOf),
  ];
  const document = { Version: version, ...(policyId !== undefined && { Id: policyId }), Statement: lastOfEachSid(overridden) };
  const json = JSON.stringify(document, undefined, 2);
  return { id: createHash("sha256").update(json).digest("hex").slice(0, 10), json, minifiedJson: JSON.stringify(document), version };
}

function statementsOf(document: string): Record<string, Json>[] {
  const parsed = JSON.parse(document) as { Statement?: Record<string, Json> | Record<string, Json>[] };
  return parsed.Statement === undefined ? [] : [parsed.Statement].flat();
}

/** A later statement takes the place of an earlier one with the same Sid. */
function lastOfEachSid(statements: readonly Record<string, Json>[]): Record<string, Json>[] {
  return statements.filter((one, index) => one.Sid === undefined || !statements.slice(index + 1).some((later) => later.Sid === one.Sid));
}

function statement(args: Values): Record<string, Json> {
  const sid = text(args, "sid");
  const conditions = blocks(args, "conditions");
  return {
    ...(sid !== undefined && sid !== "" && { Sid: sid }),
    Effect: text(args, "effect") ?? "Allow",
    ...listed("Action", args.actions),
    ...listed("NotAction", args.notActions),
    ...listed("Resource", args.resources),
    ...listed("NotResource", args.notResources),
    ...principals("Principal", blocks(args, "principals")),
    ...principals("NotPrincipal", blocks(args, "notPrincipals")),
    ...(conditions.length > 0 && { Condition: condition(conditions) }),
  };
}

/** A list of one is written as its only member, and longer ones sorted, as the real function writes them. */
function listed(name: string, value: Value | undefined): Record<string, Json> {
  const members = texts({ value: value ?? null }, "value") ?? [];
  return members.length === 0 ? {} : { [name]: oneOrMany(members) };
}

function oneOrMany(members: readonly string[]): Json {
  const [only] = members;
  return members.length === 1 && only !== undefined ? only : [...members].sort().reverse();
}

function principals(name: string, given: readonly Values[]): Record<string, Json> {
  if (given.length === 0) return {};
  if (given.length === 1 && text(given[0], "type") === "*" && texts(given[0], "identifiers")?.join() === "*") return { [name]: "*" };
  const byType: Record<string, string[]> = {};
  for (const principal of given) {
    const type = text(principal, "type") ?? "AWS";
    byType[type] = [...(byType[type] ?? []), ...(texts(principal, "identifiers") ?? [])];
  }
  return { [name]: Object.fromEntries(Object.entries(byType).map(([type, identifiers]) => [type, oneOrMany(identifiers)])) };
}

function condition(given: readonly Values[]): Record<string, Json> {
  const tests: Record<string, Record<string, Json>> = {};
  for (const one of given) {
    const test = text(one, "test") ?? "StringEquals";
    const values = texts(one, "values") ?? [];
    tests[test] = { ...tests[test], [text(one, "variable") ?? ""]: values.length === 1 ? (values[0] ?? "") : values };
  }
  return tests;
}
