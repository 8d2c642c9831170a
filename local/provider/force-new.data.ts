import type { ReplaceRule } from "./diff";

interface ForceNew extends ReplaceRule {
  /** Where it was read: a file of github.com/hashicorp/terraform-provider-aws below internal/service, unless another project is named. */
  readonly source: string;
}

/**
 * What forces a replacement in the real providers (`ForceNew`, `RequiresReplace`), resource by resource. `region` does for every AWS
 * resource. Terraform's names are given as Pulumi's. `deleteFirst` is `DeleteBeforeReplace` in pulumi/pulumi-aws provider/resources.go.
 */
export const forceNew = {
  "aws:sagemaker/trainingJob:TrainingJob": { replaces: ["*"], inPlace: ["tags", "timeouts"], source: "sagemaker/training_job.go" },
  "aws:sagemaker/model:Model": { replaces: ["*"], inPlace: ["tags"], source: "sagemaker/model.go" },
  "aws:sagemaker/endpointConfiguration:EndpointConfiguration": {
    replaces: ["*"],
    inPlace: ["tags"],
    source: "sagemaker/endpoint_configuration.go",
  },
  "aws:sagemaker/endpoint:Endpoint": {
    replaces: ["name", "deploymentConfig.autoRollbackConfiguration"],
    source: "sagemaker/endpoint.go",
  },
  "aws:sagemaker/domain:Domain": {
    replaces: ["domainName", "authMode", "vpcId", "subnetIds", "kmsKeyId"],
    source: "sagemaker/domain.go",
  },
  "aws:sagemaker/userProfile:UserProfile": {
    replaces: ["domainId", "userProfileName", "singleSignOnUserIdentifier", "singleSignOnUserValue"],
    source: "sagemaker/user_profile.go",
  },
  "aws:s3/bucket:Bucket": { replaces: ["bucket", "bucketPrefix", "objectLockEnabled"], source: "s3/bucket.go" },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    replaces: ["bucket", "expectedBucketOwner"],
    source: "s3/bucket_server_side_encryption_configuration.go",
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    replaces: ["bucket", "expectedBucketOwner"],
    source: "s3/bucket_lifecycle_configuration.go",
  },
  "aws:s3/bucketObjectv2:BucketObjectv2": { replaces: ["bucket", "key"], source: "s3/object.go" },
  "aws:s3/bucketPolicy:BucketPolicy": { replaces: ["bucket"], source: "s3/bucket_policy.go" },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": { replaces: ["bucket"], source: "s3/bucket_public_access_block.go" },
  "aws:s3/bucketVersioning:BucketVersioning": { replaces: ["bucket", "expectedBucketOwner"], source: "s3/bucket_versioning.go" },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": { replaces: ["bucket"], source: "s3/bucket_ownership_controls.go" },
  "aws:ecr/repository:Repository": { replaces: ["name", "encryptionConfigurations"], source: "ecr/repository.go" },
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": {
    replaces: ["policy", "repository"],
    deleteFirst: true,
    source: "ecr/lifecycle_policy.go",
  },
  "aws:ecr/repositoryPolicy:RepositoryPolicy": { replaces: ["repository"], source: "ecr/repository_policy.go" },
  "aws:iam/role:Role": { replaces: ["name", "namePrefix", "path"], source: "iam/role.go" },
  "aws:iam/rolePolicy:RolePolicy": { replaces: ["name", "namePrefix", "role"], source: "iam/role_policy.go" },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": { replaces: ["role", "policyArn"], source: "iam/role_policy_attachment.go" },
  "aws:iam/policy:Policy": { replaces: ["name", "namePrefix", "path", "description"], source: "iam/policy.go" },
  "aws:lambda/function:Function": { replaces: ["name", "packageType", "tenancyConfig"], source: "lambda/function.go" },
  "aws:lambda/permission:Permission": { replaces: ["*"], source: "lambda/permission.go" },
  "aws:lambda/functionUrl:FunctionUrl": { replaces: ["functionName", "qualifier"], source: "lambda/function_url.go" },
  "aws:apigateway/restApi:RestApi": { replaces: [], source: "apigateway/rest_api.go" },
  "aws:apigateway/deployment:Deployment": { replaces: ["restApi", "triggers", "variables"], source: "apigateway/deployment.go" },
  "aws:apigateway/stage:Stage": { replaces: ["restApi", "stageName"], source: "apigateway/stage.go" },
  "aws:apigateway/methodSettings:MethodSettings": {
    replaces: ["restApi", "stageName", "methodPath"],
    source: "apigateway/method_settings.go",
  },
  "aws:apigateway/apiKey:ApiKey": { replaces: ["value"], source: "apigateway/api_key.go" },
  "aws:apigateway/usagePlan:UsagePlan": { replaces: [], source: "apigateway/usage_plan.go" },
  "aws:apigateway/usagePlanKey:UsagePlanKey": { replaces: ["*"], source: "apigateway/usage_plan_key.go" },
  "aws:apigatewayv2/authorizer:Authorizer": { replaces: ["apiId"], source: "apigatewayv2/authorizer.go" },
  "aws:apigatewayv2/api:Api": { replaces: ["protocolType", "credentialsArn", "routeKey", "target"], source: "apigatewayv2/api.go" },
  "aws:apigatewayv2/route:Route": { replaces: ["apiId"], source: "apigatewayv2/route.go" },
  "aws:apigatewayv2/integration:Integration": {
    replaces: ["apiId", "integrationType", "integrationSubtype"],
    source: "apigatewayv2/integration.go",
  },
  "aws:apigatewayv2/stage:Stage": { replaces: ["apiId", "name"], source: "apigatewayv2/stage.go" },
  "aws:appautoscaling/target:Target": {
    replaces: ["resourceId", "scalableDimension", "serviceNamespace"],
    source: "appautoscaling/target.go",
  },
  "aws:appautoscaling/policy:Policy": {
    replaces: ["name", "resourceId", "scalableDimension", "serviceNamespace"],
    source: "appautoscaling/policy.go",
  },
  "aws:appautoscaling/scheduledAction:ScheduledAction": {
    replaces: ["name", "resourceId", "scalableDimension", "serviceNamespace"],
    source: "appautoscaling/scheduled_action.go",
  },
  "aws:cloudwatch/logGroup:LogGroup": { replaces: ["name", "namePrefix", "logGroupClass"], source: "logs/group.go" },
  "aws:cloudwatch/metricAlarm:MetricAlarm": { replaces: ["name"], source: "cloudwatch/metric_alarm.go" },
  "aws:cloudwatch/dashboard:Dashboard": { replaces: ["dashboardName"], source: "cloudwatch/dashboard.go" },
  "aws:sns/topic:Topic": { replaces: ["name", "namePrefix", "fifoTopic"], source: "sns/topic.go" },
  "aws:sns/topicPolicy:TopicPolicy": { replaces: ["arn"], source: "sns/topic_policy.go" },
  "aws:sns/topicSubscription:TopicSubscription": { replaces: ["topic", "protocol", "endpoint"], source: "sns/topic_subscription.go" },
  "aws:sqs/queue:Queue": { replaces: ["name", "namePrefix", "fifoQueue"], source: "sqs/queue.go" },
  "aws:sqs/queuePolicy:QueuePolicy": { replaces: ["queueUrl"], source: "sqs/queue_policy.go" },
  "aws:kms/key:Key": {
    replaces: ["customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"],
    source: "kms/key.go",
  },
  "aws:kms/alias:Alias": { replaces: ["name", "namePrefix"], source: "kms/alias.go" },
  "aws:ssm/parameter:Parameter": { replaces: ["name", "dataType"], source: "ssm/parameter.go" },
  "docker:index/image:Image": {
    replaces: [],
    ignored: ["registry.username", "registry.password"],
    source: "pulumi/pulumi-docker provider/provider.go",
  },
} as const satisfies Record<string, ForceNew>;
