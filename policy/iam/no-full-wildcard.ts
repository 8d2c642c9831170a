import { allowing, type PolicyStatement } from "../documents";
import { list, rule } from "../rule";

/** A role that may do everything everywhere turns any fault of a model's code into a fault of the account. */
export const iamNoFullWildcard = rule({
  name: "iam-no-full-wildcard",
  description: "No IAM policy allows all actions, or all of a service, on all resources.",
  severity: "critical",
  controls: ["Security Hub IAM.1", "Security Hub IAM.21", "checkov CKV_AWS_62", "checkov CKV_AWS_63"],
  types: ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"],
  faults: (policy) =>
    allowing(policy.policy)
      .filter(isEverything)
      .map((statement) => `policy allows ${wide(statement)} on every resource; name the actions, or the resources' ARNs.`),
});

/** Wide in both respects at once; `NotAction` and `NotResource` allow all but what they name. */
function isEverything(statement: PolicyStatement): boolean {
  const anyAction = statement.NotAction !== undefined || wildActions(statement).length > 0;
  const anyResource = statement.NotResource !== undefined || list(statement.Resource).includes("*");
  return anyAction && anyResource;
}

function wildActions(statement: PolicyStatement): string[] {
  return list(statement.Action)
    .map(String)
    .filter((action) => /^(\*|[a-z0-9-]+:\*)$/i.test(action));
}

function wide(statement: PolicyStatement): string {
  return statement.NotAction === undefined ? wildActions(statement).join(", ") : `everything but ${list(statement.NotAction).join(", ")}`;
}
