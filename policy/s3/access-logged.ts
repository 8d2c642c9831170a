import { belongingTo, bucketParts, bucketTypes } from "../related";
import { stackRule } from "../rule";

/** A bucket that logs go to is not logged itself: each log would be a further request. */
export const s3AccessLogged = stackRule({
  name: "s3-access-logged",
  description: "S3 logs who asks a bucket for which object.",
  severity: "medium",
  controls: ["Security Hub S3.9", "checkov CKV_AWS_18", "cdk-nag AwsSolutions-S1"],
  advisory: true,
  types: bucketTypes,
  faults: (bucket, all) => {
    const isForLogs = belongingTo(bucket, all, ["aws:s3/bucketLogging:BucketLogging"], "targetBucket", "bucket").length > 0;
    return isForLogs || bucketParts(bucket, all, "BucketLogging").length > 0
      ? []
      : ["has no BucketLogging; create one, with targetBucket and targetPrefix."];
  },
});
