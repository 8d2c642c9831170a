import { rule } from "../rule";

export const sagemakerDomainEncrypted = rule({
  name: "sagemaker-domain-encrypted",
  description:
    "The home file system of a Studio domain is encrypted with a KMS key of the account. A domain keeps the key it was made with.",
  severity: "medium",
  controls: ["checkov CKV_AWS_187"],
  advisory: true,
  types: ["aws:sagemaker/domain:Domain"],
  faults: ({ kmsKeyId }) => (kmsKeyId === undefined ? ["kmsKeyId is not set; give the ARN of a key."] : []),
});
