export type { ApiArgs, ApiSettings, CorsArgs, DomainArgs, JwtArgs, QuotaArgs, RouteSettings, UsagePlanArgs } from "./api/api-args";
export type { FrontNodes } from "./api/front";
export { InferenceApi, type InferenceApiArgs, type InferenceApiNodes } from "./api/inference-api";
export { type RoutedModel, SharedApi, type SharedApiArgs, type SharedRouteArgs } from "./api/shared-api";
export { DeclarationError, type Fault } from "./errors/problems";
export type { AsyncArgs, AsyncInstancesArgs, AsyncNotificationsArgs } from "./hosting/async-spec";
export type { DataCaptureArgs } from "./hosting/data-capture";
export { Endpoint, type EndpointArgs, type EndpointNodes } from "./hosting/endpoint";
export {
  EndpointScaling,
  type EndpointScalingArgs,
  type EndpointScalingNodes,
  type ProvisionedConcurrencyArgs,
} from "./hosting/endpoint-scaling";
export type { RealtimeArgs } from "./hosting/endpoint-spec";
export type { InstancesArgs } from "./hosting/instances-spec";
export { ModelArtifact, type ModelArtifactArgs, type ModelArtifactNodes } from "./hosting/model-artifact";
export {
  NotificationTopics,
  type NotificationTopicsArgs,
  type NotificationTopicsNodes,
} from "./hosting/notification-topics";
export type { CapacitySizeArgs, RolloutArgs } from "./hosting/rollout-spec";
export type { ScheduledActionArgs } from "./hosting/scheduled-actions";
export type { ProvisionedScalingArgs, ServerlessArgs } from "./hosting/serverless-spec";
export type { ShadowArgs, VariantArgs } from "./hosting/variant-spec";
export { DataScientistRole, type DataScientistRoleArgs, type DataScientistRoleNodes } from "./iam/data-scientist-role";
export { DeployerRole, type DeployerRoleArgs } from "./iam/deployer-role";
export { ExecutionRole, type ExecutionRoleArgs, type ExecutionRoleNodes } from "./iam/execution-role";
export type { GithubTrustArgs } from "./iam/github-trust";
export { InvokeGrant, type InvokeGrantArgs, type InvokeGrantNodes, type Invoker } from "./iam/invoke-grant";
export type { PersonaNodes } from "./iam/persona-role";
export type { ModelDescription } from "./model-description";
export type { ModelPackageArgs } from "./model-package";
export { ModelService, type ModelServiceNodes } from "./model-service";
export type { ModelServiceArgs } from "./model-service-args";
export type { FlowLogsArgs } from "./network/flow-logs";
export { Network, type NetworkNodes } from "./network/network";
export type { ExistingNetworkArgs, NetworkArgs } from "./network/network-args";
export { Platform, type PlatformArgs, type PlatformNodes } from "./platform/platform";
export type { PlatformExports } from "./platform/platform-exports";
export type { FrameworkArgs } from "./registry/framework";
export type { ImageBuildArgs, ImageProcessArgs } from "./registry/image-build";
export { ModelImage, type ModelImageArgs, type ModelImageNodes } from "./registry/model-image";
export { ModelRepository, type ModelRepositoryArgs, type ModelRepositoryNodes } from "./registry/model-repository";
export type { ScanArgs } from "./registry/scan-spec";
export type { AccessLogsArgs } from "./storage/access-logs";
export { ArtifactBucket, type ArtifactBucketArgs, type ArtifactBucketNodes } from "./storage/artifact-bucket";
export { type StudioArgs, StudioDomain, type StudioDomainArgs, type StudioDomainNodes } from "./studio/studio-domain";
export { StudioUser, type StudioUserArgs, type StudioUserNodes } from "./studio/studio-user";
export { TrainingJob, type TrainingJobArgs, type TrainingJobNodes } from "./training/training-job";
export type { TrainingArgs } from "./training/training-spec";
