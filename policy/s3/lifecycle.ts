import { bucketParts, bucketTypes } from "../related";
import { list, record, stackRule } from "../rule";

export const s3Lifecycle = stackRule({
  name: "s3-lifecycle",
  description: "Every S3 bucket has a lifecycle, so that old versions and broken uploads do not stay for ever.",
  severity: "low",
  controls: ["Security Hub S3.13", "checkov CKV2_AWS_61", "checkov CKV_AWS_300"],
  types: bucketTypes,
  faults: (bucket, all) => {
    const rules = bucketParts(bucket, all, "BucketLifecycleConfiguration").flatMap(({ props }) => list(props.rules).map(record));
    if (rules.length === 0) return ["has no BucketLifecycleConfiguration; create one."];
    return rules.some(({ status, abortIncompleteMultipartUpload }) => status === "Enabled" && abortIncompleteMultipartUpload !== undefined)
      ? []
      : ["its BucketLifecycleConfiguration has no rule that is Enabled with abortIncompleteMultipartUpload; add one."];
  },
});
