import { openToAll, sid } from "../documents";
import { rule } from "../rule";

export const ecrNotPublic = rule({
  name: "ecr-not-public",
  description: "No policy of an ECR repository lets everybody in: images hold code and often models.",
  severity: "critical",
  controls: ["checkov CKV_AWS_32"],
  types: ["aws:ecr/repositoryPolicy:RepositoryPolicy"],
  faults: ({ policy }) =>
    openToAll(policy).map(
      (statement, index) => `policy, ${sid(statement, index)}, is for everybody; name the accounts or roles as Principal.`,
    ),
});
