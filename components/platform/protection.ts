import type * as pulumi from "@pulumi/pulumi";

/** The arguments of a platform that decide whether its data is protected. */
export interface ProtectionArgs {
  readonly environment?: string;
  readonly protectData?: boolean;
}

/** What holds data that nothing brings back. The domain holds the users' home file system; with its key gone, nothing can be read. */
const holders: ReadonlySet<string> = new Set([
  "aws:s3/bucket:Bucket",
  "aws:ecr/repository:Repository",
  "aws:kms/key:Key",
  "aws:sagemaker/domain:Domain",
]);

export function isProtected({ environment, protectData }: ProtectionArgs): boolean {
  return protectData ?? environment === "production";
}

/** Options of a platform with which Pulumi refuses to delete or replace what holds data: an update, or a `destroy`, that would is refused as a whole, by name. */
export function protecting(
  opts: pulumi.ComponentResourceOptions | undefined,
  args: ProtectionArgs,
): pulumi.ComponentResourceOptions | undefined {
  if (!isProtected(args)) {
    return opts;
  }
  const protect: pulumi.ResourceTransformation = ({ type, props, opts: own }) =>
    holders.has(type) ? { props, opts: { ...own, protect: own.protect ?? true } } : undefined;
  return { ...opts, transformations: [...(opts?.transformations ?? []), protect] };
}
