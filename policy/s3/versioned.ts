import { bucketParts, bucketTypes } from "../related";
import { record, stackRule } from "../rule";

export const s3Versioned = stackRule({
  name: "s3-versioned",
  description: "S3 buckets keep the versions of objects, so that data and models that were overwritten can be had back.",
  severity: "medium",
  controls: ["checkov CKV_AWS_21"],
  types: bucketTypes,
  faults: (bucket, all) =>
    bucketParts(bucket, all, "BucketVersioning").some(({ props }) => record(props.versioningConfiguration).status === "Enabled")
      ? []
      : ['has no BucketVersioning whose versioningConfiguration.status is "Enabled"; create one.'],
});
