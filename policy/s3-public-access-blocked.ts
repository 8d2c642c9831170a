import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";

const bucketTypes = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];
const blockType = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const switches = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;

/** Training data and models are never one wrong bucket policy away from the public. */
export const s3PublicAccessBlocked: StackValidationPolicy = {
  name: "s3-public-access-blocked",
  description: "Every S3 bucket has a BucketPublicAccessBlock with all four switches on.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const blocks = resources.filter((resource) => resource.type === blockType);
    for (const bucket of resources.filter(({ type }) => bucketTypes.includes(type))) {
      const block = blocks.find((candidate) => isFor(candidate, bucket));
      if (block === undefined) {
        report("has no BucketPublicAccessBlock; create one with all four switches on.", bucket.urn);
        continue;
      }
      const off = switches.filter((name) => block.props[name] !== true);
      if (off.length > 0) report(`its BucketPublicAccessBlock leaves ${off.join(", ")} off; set each to true.`, bucket.urn);
    }
  },
};

/** By reference, because a bucket's name is not known before it exists; else by name. */
function isFor(block: PolicyResource, bucket: PolicyResource): boolean {
  const referred = block.propertyDependencies.bucket ?? [];
  return referred.length > 0 ? referred.some(({ urn }) => urn === bucket.urn) : block.props.bucket === bucket.props.bucket;
}
