import { allowing, conditionKeys, covers, sid } from "../documents";
import { list, rule } from "../rule";

/** Who may pass any role to any service has the rights of all of them. */
export const iamPassRoleBound = rule({
  name: "iam-pass-role-bound",
  description: "Whoever may pass roles may pass named ones, to named services.",
  severity: "high",
  controls: ["Trivy filter_iam_pass_role", "checkov CKV_AWS_286"],
  types: ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"],
  faults: ({ policy }) =>
    allowing(policy).flatMap((statement, index) => {
      if (!covers(statement, "iam:PassRole")) return [];
      const anyRole = statement.NotResource !== undefined || list(statement.Resource).some((arn) => /^\*$|:role\/\*$/.test(String(arn)));
      return [
        ...(anyRole ? [`policy, ${sid(statement, index)}, lets every role be passed; name the roles' ARNs as Resource.`] : []),
        ...(conditionKeys(statement).includes("iam:passedtoservice")
          ? []
          : [`policy, ${sid(statement, index)}, lets roles be passed to every service; add the condition iam:PassedToService.`]),
      ];
    }),
});
