import { allowing, covers, sid } from "../documents";
import { list, rule } from "../rule";

export const kmsDecryptBound = rule({
  name: "kms-decrypt-bound",
  description: "No IAM policy allows decryption with every key of the account.",
  severity: "high",
  controls: ["Security Hub KMS.1", "Security Hub KMS.2"],
  types: ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy", "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"],
  faults: ({ policy }) =>
    allowing(policy).flatMap((statement, index) => {
      const decrypts = covers(statement, "kms:Decrypt") || covers(statement, "kms:ReEncryptFrom");
      const everyKey =
        statement.NotResource !== undefined || list(statement.Resource).some((arn) => /^\*$|^arn:[^:]*:kms:.*\bkey\/\*$/.test(String(arn)));
      return decrypts && everyKey
        ? [`policy, ${sid(statement, index)}, allows decryption with every key; name the keys' ARNs as Resource.`]
        : [];
    }),
});
