import { openToAll, sid } from "../documents";
import { rule } from "../rule";

export const kmsNotPublic = rule({
  name: "kms-not-public",
  description: "No policy of a KMS key lets everybody use it.",
  severity: "critical",
  controls: ["checkov CKV_AWS_33"],
  types: ["aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy"],
  faults: ({ policy }) =>
    openToAll(policy).map(
      (statement, index) => `policy, ${sid(statement, index)}, is for everybody; name the account or roles as Principal.`,
    ),
});
