import { bucketParts, bucketTypes } from "../related";
import { stackRule } from "../rule";

const switches = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;

/** Training data and models are never one wrong bucket policy away from the public. */
export const s3PublicAccessBlocked = stackRule({
  name: "s3-public-access-blocked",
  description: "Every S3 bucket has a BucketPublicAccessBlock with all four switches on.",
  severity: "critical",
  controls: [
    "Security Hub S3.2",
    "Security Hub S3.3",
    "Security Hub S3.8",
    "checkov CKV_AWS_53",
    "checkov CKV_AWS_54",
    "checkov CKV_AWS_55",
    "checkov CKV_AWS_56",
    "checkov CKV2_AWS_6",
  ],
  types: bucketTypes,
  faults: (bucket, all) => {
    const [block] = bucketParts(bucket, all, "BucketPublicAccessBlock");
    if (block === undefined) return ["has no BucketPublicAccessBlock; create one with all four switches on."];
    const off = switches.filter((name) => block.props[name] !== true);
    return off.length === 0 ? [] : [`its BucketPublicAccessBlock leaves ${off.join(", ")} off; set each to true.`];
  },
});
