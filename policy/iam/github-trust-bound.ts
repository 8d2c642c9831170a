import { allowing, type PolicyStatement, sid } from "../documents";
import { list, record, rule } from "../rule";

const issuer = "token.actions.githubusercontent.com";

/** Without the repository in the condition every workflow on GitHub, of whomever, may assume the role. */
export const iamGithubTrustBound = rule({
  name: "iam-github-trust-bound",
  description: "A role for GitHub Actions names the audience, and the repository whose workflows may assume it.",
  severity: "critical",
  controls: ["checkov CKV_AWS_358"],
  types: ["aws:iam/role:Role"],
  faults: ({ assumeRolePolicy }) =>
    allowing(assumeRolePolicy).flatMap((statement, index) => {
      if (!list(record(statement.Principal).Federated).some((arn) => String(arn).endsWith(`/${issuer}`))) return [];
      const subjects = values(statement, `${issuer}:sub`);
      const isNamed = subjects.length > 0 && subjects.every((subject) => /^repo:[^*?/:]+\/[^*?/:]+:/.test(subject));
      return [
        ...(values(statement, `${issuer}:aud`).length > 0
          ? []
          : [`assumeRolePolicy, ${sid(statement, index)}, takes tokens for every audience; add the condition ${issuer}:aud.`]),
        ...(isNamed
          ? []
          : [`assumeRolePolicy, ${sid(statement, index)}, trusts more than one repository; set ${issuer}:sub to "repo:<owner>/<name>:…".`]),
      ];
    }),
});

/** What a condition key is compared with, by the operators that ask for a match. */
function values(statement: PolicyStatement, key: string): string[] {
  return Object.entries(record(statement.Condition))
    .filter(([operator]) => /^(ForAnyValue:)?String(Equals|Like|EqualsIgnoreCase)$/.test(operator))
    .flatMap(([, keys]) => list(record(keys)[key]))
    .map(String);
}
