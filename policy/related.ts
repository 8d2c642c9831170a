import type { PolicyResource } from "@pulumi/policy";

/** Resources of a type that belong to another one, by one of their properties: by reference, because a name is not known before the resource exists; else by name. */
export function belongingTo(
  owner: PolicyResource,
  all: readonly PolicyResource[],
  types: readonly string[],
  property: string,
  ownName: string,
): PolicyResource[] {
  return all.filter((candidate) => {
    if (!types.includes(candidate.type)) return false;
    const referred = candidate.propertyDependencies[property] ?? [];
    return referred.length > 0
      ? referred.some(({ urn }) => urn === owner.urn)
      : owner.props[ownName] !== undefined && candidate.props[property] === owner.props[ownName];
  });
}

/** S3 buckets, in both of the provider's ways to write them. */
export const bucketTypes = ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"];

/** What configures a bucket, by the last part of its type, such as `BucketVersioning`. */
export function bucketParts(bucket: PolicyResource, all: readonly PolicyResource[], kind: string): PolicyResource[] {
  const token = (name: string) => `aws:s3/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
  return belongingTo(bucket, all, [token(kind), token(`${kind}V2`)], "bucket", "bucket");
}

/** Resources of a type that are of a VPC, by its id; which may also come as an output of the component that made the VPC. */
export function partsOfVpc(vpc: PolicyResource, all: readonly PolicyResource[], type: string): PolicyResource[] {
  const { parent } = vpc.opts;
  const ofComponent = all.filter((each) => each.type === type && each.propertyDependencies.vpcId?.some(({ urn }) => urn === parent));
  return [...belongingTo(vpc, all, [type], "vpcId", "id"), ...(parent === undefined ? [] : ofComponent)];
}
