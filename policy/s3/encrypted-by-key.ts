import { bucketParts, bucketTypes } from "../related";
import { list, record, stackRule } from "../rule";

export const s3EncryptedByKey = stackRule({
  name: "s3-encrypted-by-key",
  description: "S3 buckets are encrypted with a KMS key, so that who may read data can be taken back by the key.",
  severity: "medium",
  controls: ["Security Hub S3.17", "checkov CKV_AWS_145"],
  advisory: true,
  types: bucketTypes,
  faults: (bucket, all) => {
    const rules = bucketParts(bucket, all, "BucketServerSideEncryptionConfiguration").flatMap(({ props }) => list(props.rules));
    const byKey = rules.some((each) => String(record(record(each).applyServerSideEncryptionByDefault).sseAlgorithm).startsWith("aws:kms"));
    return byKey ? [] : ['has no BucketServerSideEncryptionConfiguration with sseAlgorithm "aws:kms"; create one, with kmsMasterKeyId.'];
  },
});
