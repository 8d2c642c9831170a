import { list, record, rule } from "./rule";

/** A role that may do everything everywhere turns any fault of a model's code into a fault of the account. */
export const iamNoFullWildcard = rule({
  name: "iam-no-full-wildcard",
  description: "No IAM policy allows all actions, or all of a service, on all resources.",
  types: ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"],
  faults: (policy) =>
    statements(policy.policy)
      .filter((statement) => statement.Effect === "Allow" && isEverything(statement))
      .map((statement) => `policy allows ${wide(statement)} on every resource; name the actions, or the resources' ARNs.`),
});

function statements(document: unknown): readonly Record<string, unknown>[] {
  const parsed: unknown = typeof document === "string" ? JSON.parse(document) : document;
  return list(record(parsed).Statement).map(record);
}

/** Wide in both respects at once; `NotAction` and `NotResource` allow all but what they name. */
function isEverything(statement: Record<string, unknown>): boolean {
  const anyAction = statement.NotAction !== undefined || wildActions(statement).length > 0;
  const anyResource = statement.NotResource !== undefined || list(statement.Resource).includes("*");
  return anyAction && anyResource;
}

function wildActions(statement: Record<string, unknown>): string[] {
  return list(statement.Action)
    .map(String)
    .filter((action) => /^(\*|[a-z0-9-]+:\*)$/i.test(action));
}

function wide(statement: Record<string, unknown>): string {
  return statement.NotAction === undefined ? wildActions(statement).join(", ") : `everything but ${list(statement.NotAction).join(", ")}`;
}
