import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { apigatewayAccessLogged } from "./apigateway/access-logged";
import { apigatewayDomainTls } from "./apigateway/domain-tls";
import { apigatewayNoDataTrace } from "./apigateway/no-data-trace";
import { apigatewayRoutesAuthorised } from "./apigateway/routes-authorised";
import { ecrEncryptedByKey } from "./ecr/encrypted-by-key";
import { ecrImmutableAndScanned } from "./ecr/immutable-and-scanned";
import { ecrLifecycle } from "./ecr/lifecycle";
import { ecrNotPublic } from "./ecr/not-public";
import { iamGithubTrustBound } from "./iam/github-trust-bound";
import { iamNoFullAccessPolicies } from "./iam/no-full-access-policies";
import { iamNoFullWildcard } from "./iam/no-full-wildcard";
import { iamPassRoleBound } from "./iam/pass-role-bound";
import { iamTrustBound } from "./iam/trust-bound";
import { kmsDecryptBound } from "./kms/decrypt-bound";
import { kmsNotPublic } from "./kms/not-public";
import { kmsRotation } from "./kms/rotation";
import { lambdaPermissionBound } from "./lambda/permission-bound";
import { lambdaRuntimeSupported } from "./lambda/runtime-supported";
import { lambdaUrlAuthorised } from "./lambda/url-authorised";
import { logsEncryptedByKey } from "./logs/encrypted-by-key";
import { logsRetention } from "./logs/retention";
import { networkEgressBound } from "./network/egress-bound";
import { networkNoOpenIngress } from "./network/no-open-ingress";
import { networkRulesDescribed } from "./network/rules-described";
import { networkSubnetsPrivate } from "./network/subnets-private";
import type { RuleFacts } from "./rule";
import { s3EncryptedByKey } from "./s3/encrypted-by-key";
import { s3Lifecycle } from "./s3/lifecycle";
import { s3PublicAccessBlocked } from "./s3/public-access-blocked";
import { s3TlsOnly } from "./s3/tls-only";
import { s3Versioned } from "./s3/versioned";
import { sagemakerDomainEncrypted } from "./sagemaker/domain-encrypted";
import { sagemakerDomainPrivate } from "./sagemaker/domain-private";
import { sagemakerEndpointInstances } from "./sagemaker/endpoint-instances";
import { sagemakerEndpointVolumesEncrypted } from "./sagemaker/endpoint-volumes-encrypted";
import { sagemakerImageByDigest } from "./sagemaker/image-by-digest";
import { sagemakerModelInVpc } from "./sagemaker/model-in-vpc";
import { sagemakerModelNetworkIsolated } from "./sagemaker/model-network-isolated";
import { sagemakerNotebookPrivate } from "./sagemaker/notebook-private";
import { sagemakerTrainingEncrypted } from "./sagemaker/training-encrypted";
import { sagemakerTrainingInVpc } from "./sagemaker/training-in-vpc";
import { sagemakerTrainingNetworkIsolated } from "./sagemaker/training-network-isolated";
import { sagemakerTrainingTrafficEncrypted } from "./sagemaker/training-traffic-encrypted";
import { noPlainSecrets } from "./secrets/no-plain-secrets";
import { snsEncrypted } from "./sns/encrypted";
import { snsNotPublic } from "./sns/not-public";

export { type RuleDefinition, type RuleFacts, rule, type StackRuleDefinition, stackRule } from "./rule";
export type { Waiver } from "./waivers";
export {
  apigatewayAccessLogged,
  apigatewayDomainTls,
  apigatewayNoDataTrace,
  apigatewayRoutesAuthorised,
  ecrEncryptedByKey,
  ecrImmutableAndScanned,
  ecrLifecycle,
  ecrNotPublic,
  iamGithubTrustBound,
  iamNoFullAccessPolicies,
  iamNoFullWildcard,
  iamPassRoleBound,
  iamTrustBound,
  kmsDecryptBound,
  kmsNotPublic,
  kmsRotation,
  lambdaPermissionBound,
  lambdaRuntimeSupported,
  lambdaUrlAuthorised,
  logsEncryptedByKey,
  logsRetention,
  networkEgressBound,
  networkNoOpenIngress,
  networkRulesDescribed,
  networkSubnetsPrivate,
  noPlainSecrets,
  s3EncryptedByKey,
  s3Lifecycle,
  s3PublicAccessBlocked,
  s3TlsOnly,
  s3Versioned,
  sagemakerDomainEncrypted,
  sagemakerDomainPrivate,
  sagemakerEndpointInstances,
  sagemakerEndpointVolumesEncrypted,
  sagemakerImageByDigest,
  sagemakerModelInVpc,
  sagemakerModelNetworkIsolated,
  sagemakerNotebookPrivate,
  sagemakerTrainingEncrypted,
  sagemakerTrainingInVpc,
  sagemakerTrainingNetworkIsolated,
  sagemakerTrainingTrafficEncrypted,
  snsEncrypted,
  snsNotPublic,
};

/** A rule as Pulumi runs it, with its severity and its ids in public catalogues. */
export type Rule = (ResourceValidationPolicy | StackValidationPolicy) & RuleFacts;

/** Every rule; spread them into a pack of your own, or run this folder as it is: `pulumi preview --policy-pack policy`. */
export const rules: Rule[] = [
  apigatewayAccessLogged,
  apigatewayDomainTls,
  apigatewayNoDataTrace,
  apigatewayRoutesAuthorised,
  ecrEncryptedByKey,
  ecrImmutableAndScanned,
  ecrLifecycle,
  ecrNotPublic,
  iamGithubTrustBound,
  iamNoFullAccessPolicies,
  iamNoFullWildcard,
  iamPassRoleBound,
  iamTrustBound,
  kmsDecryptBound,
  kmsNotPublic,
  kmsRotation,
  lambdaPermissionBound,
  lambdaRuntimeSupported,
  lambdaUrlAuthorised,
  logsEncryptedByKey,
  logsRetention,
  networkEgressBound,
  networkNoOpenIngress,
  networkRulesDescribed,
  networkSubnetsPrivate,
  s3EncryptedByKey,
  s3Lifecycle,
  s3PublicAccessBlocked,
  s3TlsOnly,
  s3Versioned,
  sagemakerDomainEncrypted,
  sagemakerDomainPrivate,
  sagemakerEndpointInstances,
  sagemakerEndpointVolumesEncrypted,
  sagemakerImageByDigest,
  sagemakerModelInVpc,
  sagemakerModelNetworkIsolated,
  sagemakerNotebookPrivate,
  sagemakerTrainingEncrypted,
  sagemakerTrainingInVpc,
  sagemakerTrainingNetworkIsolated,
  sagemakerTrainingTrafficEncrypted,
  noPlainSecrets,
  snsEncrypted,
  snsNotPublic,
];
