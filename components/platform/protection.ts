import * as pulumi from "@pulumi/pulumi";
import { destroyGuard } from "./destroy-guard";

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

/**
 * Options of a platform with which Pulumi refuses to delete or replace what holds data, by name, and to destroy anything of its stack. An update or a previewed
 * destroy that would delete it is refused as a whole already; a destroy without a preview only by the guard.
 */
export function protecting(
  name: string,
  opts: pulumi.ComponentResourceOptions | undefined,
  args: ProtectionArgs,
): pulumi.ComponentResourceOptions | undefined {
  if (!isProtected(args)) {
    return opts;
  }
  const guard = destroyGuard(name);
  const protect: pulumi.ResourceTransformation = ({ type, props, opts: own }) =>
    holders.has(type)
      ? {
          props: { ...props, tags: pulumi.all([props.tags, guard.settled]).apply(([tags]) => tags) },
          opts: { ...own, protect: own.protect ?? true, hooks: { ...own.hooks, beforeDelete: guard.beforeDelete } },
        }
      : undefined;
  return { ...opts, transformations: [...(opts?.transformations ?? []), protect] };
}
