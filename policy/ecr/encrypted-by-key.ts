import { list, record, rule } from "../rule";

export const ecrEncryptedByKey = rule({
  name: "ecr-encrypted-by-key",
  description: "ECR repositories are encrypted with a KMS key, so that who may read images can be taken back by the key.",
  severity: "medium",
  controls: ["Security Hub ECR.5", "checkov CKV_AWS_136"],
  advisory: true,
  types: ["aws:ecr/repository:Repository"],
  faults: (repository) =>
    list(repository.encryptionConfigurations).some((each) => record(each).encryptionType === "KMS")
      ? []
      : ['encryptionConfigurations has no encryptionType "KMS"; set it, with kmsKey.'],
});
