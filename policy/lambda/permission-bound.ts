import { rule } from "../rule";

export const lambdaPermissionBound = rule({
  name: "lambda-permission-bound",
  description:
    "Permissions to invoke a function name who may: no principal is everybody, and a service may only on behalf of a named source.",
  severity: "critical",
  controls: ["Security Hub Lambda.1", "checkov CKV_AWS_301", "checkov CKV_AWS_364"],
  types: ["aws:lambda/permission:Permission"],
  faults: ({ principal, sourceArn, sourceAccount, principalOrgId }) => {
    const bound = [sourceArn, sourceAccount, principalOrgId].some((value) => value !== undefined);
    if (bound || typeof principal !== "string") return [];
    if (principal === "*") return ['principal is "*"; name the account or service, with sourceArn.'];
    return principal.endsWith(".amazonaws.com") ? [`${principal} may invoke it on behalf of every account; set sourceArn.`] : [];
  },
});
