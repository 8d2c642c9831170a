import type { Policies } from "@pulumi/policy";
import { ecrImmutableAndScanned } from "./ecr-immutable-and-scanned";
import { iamNoFullWildcard } from "./iam-no-full-wildcard";
import { noPlainSecrets } from "./no-plain-secrets";
import { s3PublicAccessBlocked } from "./s3-public-access-blocked";

export { ecrImmutableAndScanned, iamNoFullWildcard, noPlainSecrets, s3PublicAccessBlocked };

/** Every rule; spread them into a pack of your own, or run this folder as it is: `pulumi preview --policy-pack policy`. */
export const rules: Policies = [ecrImmutableAndScanned, iamNoFullWildcard, noPlainSecrets, s3PublicAccessBlocked];
