import { allowing, conditionKeys, isForEverybody, openToAll, sid } from "../documents";
import { list, record, rule } from "../rule";

/** Services that take a role's ARN from whoever calls them, and work for every account: AWS's own advice for them is a source condition. */
const deputies = ["sagemaker.amazonaws.com"];

export const iamTrustBound = rule({
  name: "iam-trust-bound",
  description: "Roles trust named principals; a role for SageMaker trusts it only on behalf of its own account.",
  severity: "high",
  controls: ["checkov CKV_AWS_60", "checkov CKV_AWS_61", "Prowler iam_role_cross_service_confused_deputy_prevention"],
  types: ["aws:iam/role:Role"],
  faults: ({ assumeRolePolicy }) => [
    ...openToAll(assumeRolePolicy).map(
      (statement, index) => `assumeRolePolicy, ${sid(statement, index)}, lets everybody assume the role; name accounts, roles or services.`,
    ),
    ...allowing(assumeRolePolicy).flatMap((statement, index) => {
      const keys = conditionKeys(statement);
      const deputy = list(record(statement.Principal).Service).find((service) => deputies.includes(String(service)));
      const isBound = keys.includes("aws:sourcearn") || keys.includes("aws:sourceaccount");
      return deputy === undefined || isBound || isForEverybody(statement)
        ? []
        : [
            `assumeRolePolicy, ${sid(statement, index)}, trusts ${deputy} for every account; add the condition aws:SourceArn or aws:SourceAccount.`,
          ];
    }),
  ],
});
