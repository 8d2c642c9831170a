import { rule } from "../rule";

export const logsEncryptedByKey = rule({
  name: "logs-encrypted-by-key",
  description: "Log groups are encrypted with a KMS key of the account.",
  severity: "low",
  controls: ["checkov CKV_AWS_158"],
  advisory: true,
  types: ["aws:cloudwatch/logGroup:LogGroup"],
  faults: ({ kmsKeyId }) => (kmsKeyId === undefined ? ["kmsKeyId is not set; give the ARN of a key."] : []),
});
