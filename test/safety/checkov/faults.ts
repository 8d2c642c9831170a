type Inputs = Readonly<Record<string, unknown>>;

/** One careless change of what is planned, and the one check that must find it. */
export interface Fault {
  /** The check's id. */
  readonly id: string;
  /** What the check then says fails, by Terraform's type and the name. */
  readonly fails: string;
  /** What is changed, when that is something else. */
  readonly changes?: string;
  /** Inputs as Pulumi has them, or undefined for a resource that is left out. */
  change(inputs: Inputs): Inputs | undefined;
  /** Other checks that cannot but fail with it, and where. */
  readonly also?: readonly (readonly [id: string, fails: string])[];
  /** Nothing else refers to it. */
  readonly alone?: boolean;
  /** What Terraform has beside the plan. */
  readonly beside?: Readonly<Record<string, Inputs>>;
}

const document = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const trusting = (AWS: string) => document({ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" });
const allowing = (Action: string) => document({ Effect: "Allow", Action, Resource: "*" });
const open = { description: "Everywhere", protocol: "tcp", cidrBlocks: ["0.0.0.0/0"] };
const anyRepository = document({
  Effect: "Allow",
  Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
  Action: "sts:AssumeRoleWithWebIdentity",
  Condition: { StringLike: { "token.actions.githubusercontent.com:sub": "repo:*" } },
});
const without = (key: string) => (inputs: Inputs) => Object.fromEntries(Object.entries(inputs).filter(([each]) => each !== key));
const plus = (more: Inputs) => (inputs: Inputs) => ({ ...inputs, ...more });
const absent = () => undefined;

const bucket = "aws_s3_bucket.shop-artifacts";
const block = `aws_s3_bucket_public_access_block.shop-artifacts-public-access-block`;
const group = "aws_security_group.shop-network-endpoints";
const vpc = "aws_vpc.shop-network";
const repository = "aws_ecr_repository.shop-models";
const role = "aws_iam_role.iris-serving-role";
const policy = "aws_iam_role_policy.iris-serving-role-policy";
const key = "aws_kms_key.shop-key";
const logGroup = "aws_cloudwatch_log_group.iris-api-access-logs";
const lambda = "aws_lambda_function.iris-api-function";
const permission = "aws_lambda_permission.iris-api-permission";
const throttle = "aws_api_gateway_method_settings.flowers-api-throttle";

/** One for each check that nothing planned fails: without it, that the check passes would say nothing. */
export const faults: readonly Fault[] = [
  { id: "CKV2_AWS_6", fails: bucket, changes: block, change: absent },
  { id: "CKV2_AWS_61", fails: bucket, changes: "aws_s3_bucket_lifecycle_configuration.shop-artifacts-lifecycle", change: absent },
  { id: "CKV_AWS_18", fails: bucket, changes: "aws_s3_bucket_logging.shop-artifacts-logging", change: absent },
  { id: "CKV_AWS_20", fails: bucket, change: plus({ acl: "public-read" }) },
  { id: "CKV_AWS_57", fails: bucket, change: plus({ acl: "public-read-write" }), also: [["CKV_AWS_20", bucket]] },
  {
    id: "CKV_AWS_19",
    fails: bucket,
    changes: "aws_s3_bucket_server_side_encryption_configuration.shop-artifacts-encryption",
    change: plus({ rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "none" } }] }),
    also: [["CKV_AWS_145", bucket]],
  },
  {
    id: "CKV_AWS_21",
    fails: bucket,
    changes: "aws_s3_bucket_versioning.shop-artifacts-versioning",
    change: plus({ versioningConfiguration: { status: "Suspended" } }),
  },
  {
    id: "CKV2_AWS_65",
    fails: "aws_s3_bucket_ownership_controls.shop-artifacts-ownership",
    change: plus({ rule: { objectOwnership: "ObjectWriter" } }),
  },
  {
    id: "CKV_AWS_300",
    fails: "aws_s3_bucket_lifecycle_configuration.shop-artifacts-lifecycle",
    change: ({ rules, ...rest }) => ({ ...rest, rules: (rules as Inputs[]).map(without("abortIncompleteMultipartUpload")) }),
  },
  { id: "CKV_AWS_53", fails: block, change: plus({ blockPublicAcls: false }), also: [["CKV2_AWS_6", bucket]] },
  { id: "CKV_AWS_54", fails: block, change: plus({ blockPublicPolicy: false }), also: [["CKV2_AWS_6", bucket]] },
  { id: "CKV_AWS_55", fails: block, change: plus({ ignorePublicAcls: false }) },
  { id: "CKV_AWS_56", fails: block, change: plus({ restrictPublicBuckets: false }) },
  {
    id: "CKV_AWS_70",
    fails: "aws_s3_bucket_policy.shop-artifacts-policy",
    change: plus({ policy: document({ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" }) }),
  },
  { id: "CKV2_AWS_11", fails: vpc, changes: "aws_flow_log.shop-network-flow-log", change: absent },
  {
    id: "CKV2_AWS_12",
    fails: vpc,
    changes: "aws_default_security_group.shop-network-default",
    change: plus({ ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, self: true }] }),
  },
  {
    id: "CKV2_AWS_44",
    fails: "aws_route_table.shop-network-isolated-1",
    change: plus({ routes: [{ cidrBlock: "0.0.0.0/0", vpcPeeringConnectionId: "pcx-0a1b" }] }),
  },
  { id: "CKV2_AWS_5", fails: group, change: plus({}), alone: true },
  { id: "CKV_AWS_130", fails: "aws_subnet.shop-network-isolated-1", change: plus({ mapPublicIpOnLaunch: true }) },
  { id: "CKV_AWS_23", fails: group, change: without("description") },
  { id: "CKV_AWS_24", fails: group, change: plus({ ingress: [{ ...open, fromPort: 22, toPort: 22 }] }) },
  { id: "CKV_AWS_25", fails: group, change: plus({ ingress: [{ ...open, fromPort: 3389, toPort: 3389 }] }) },
  { id: "CKV_AWS_260", fails: group, change: plus({ ingress: [{ ...open, fromPort: 80, toPort: 80 }] }) },
  {
    id: "CKV_AWS_277",
    fails: group,
    change: plus({ ingress: [{ ...open, protocol: "-1", fromPort: 0, toPort: 0 }] }),
    also: [
      ["CKV_AWS_24", group],
      ["CKV_AWS_25", group],
      ["CKV_AWS_260", group],
    ],
  },
  { id: "CKV_AWS_382", fails: group, change: plus({ egress: [{ ...open, protocol: "-1", fromPort: 0, toPort: 0 }] }) },
  { id: "CKV_AWS_51", fails: repository, change: plus({ imageTagMutability: "MUTABLE" }) },
  { id: "CKV_AWS_136", fails: repository, change: without("encryptionConfigurations") },
  { id: "CKV_AWS_163", fails: repository, change: without("imageScanningConfiguration") },
  { id: "CKV_AWS_60", fails: role, change: plus({ assumeRolePolicy: trusting("*") }) },
  { id: "CKV_AWS_61", fails: role, change: plus({ assumeRolePolicy: trusting("arn:aws:iam::999999999999:root") }) },
  { id: "CKV_AWS_274", fails: role, change: plus({ managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] }) },
  { id: "CKV2_AWS_56", fails: role, change: plus({ managedPolicyArns: ["arn:aws:iam::aws:policy/IAMFullAccess"] }) },
  { id: "CKV_AWS_393", fails: "aws_iam_role.ci", change: plus({ assumeRolePolicy: anyRepository }) },
  {
    id: "CKV_AWS_62",
    fails: policy,
    change: plus({ policy: allowing("*") }),
    also: [
      ["CKV2_AWS_40", policy],
      ["CKV_AWS_63", policy],
    ],
  },
  {
    id: "CKV_AWS_63",
    fails: policy,
    change: plus({ policy: document({ Effect: "Allow", Action: "*", Resource: "arn:aws:s3:::shop" }) }),
    also: [["CKV2_AWS_40", policy]],
  },
  { id: "CKV2_AWS_40", fails: policy, change: plus({ policy: allowing("iam:*") }) },
  { id: "CKV_AWS_7", fails: key, change: plus({ enableKeyRotation: false }) },
  { id: "CKV_AWS_227", fails: key, change: plus({ isEnabled: false }) },
  { id: "CKV_AWS_33", fails: key, change: plus({ policy: document({ Effect: "Allow", Principal: "*", Action: "kms:*", Resource: "*" }) }) },
  { id: "CKV2_AWS_64", fails: key, change: without("policy") },
  { id: "CKV_AWS_158", fails: logGroup, change: without("kmsKeyId") },
  { id: "CKV_AWS_338", fails: logGroup, change: plus({ retentionInDays: 180 }) },
  { id: "CKV_AWS_66", fails: logGroup, change: without("retentionInDays"), also: [["CKV_AWS_338", logGroup]] },
  { id: "CKV_AWS_363", fails: lambda, change: plus({ runtime: "nodejs12.x" }) },
  { id: "CKV_AWS_45", fails: lambda, change: plus({ environment: { variables: { KEY: "AKIAIOSFODNN7EXAMPLE" } } }) },
  {
    id: "CKV2_AWS_75",
    fails: "aws_lambda_function.chat-api-function",
    changes: "aws_lambda_function_url.chat-api-url",
    change: plus({ cors: { allowOrigins: ["*"], allowMethods: ["*"] } }),
  },
  { id: "CKV_AWS_258", fails: "aws_lambda_function_url.chat-api-url", change: plus({ authorizationType: "NONE" }) },
  { id: "CKV_AWS_301", fails: permission, change: ({ sourceArn: _, ...rest }) => ({ ...rest, principal: "*" }) },
  { id: "CKV_AWS_364", fails: permission, change: without("sourceArn") },
  { id: "CKV_AWS_309", fails: "aws_apigatewayv2_route.iris-api-route", change: plus({ authorizationType: "NONE" }) },
  { id: "CKV_AWS_76", fails: "aws_apigatewayv2_stage.iris-api-stage", change: without("accessLogSettings") },
  {
    id: "CKV_AWS_276",
    fails: throttle,
    change: ({ settings, ...rest }) => ({ ...rest, settings: { ...(settings as Inputs), dataTraceEnabled: true } }),
  },
  {
    id: "CKV_AWS_308",
    fails: throttle,
    change: ({ settings, ...rest }) => ({ ...rest, settings: { ...(settings as Inputs), cachingEnabled: true } }),
  },
  {
    id: "CKV2_AWS_77",
    fails: "aws_api_gateway_stage.flowers-api-stage",
    change: plus({}),
    beside: {
      "aws_wafv2_web_acl.open": { name: "open", scope: "REGIONAL" },
      "aws_wafv2_web_acl_association.open": {
        resource_arn: ["$", "{aws_api_gateway_stage.flowers-api-stage.arn}"].join(""),
        web_acl_arn: ["$", "{aws_wafv2_web_acl.open.arn}"].join(""),
      },
    },
  },
  {
    id: "CKV2_AWS_23",
    fails: "aws_route53_record.shared-record",
    change: ({ type, zoneId }) => ({ name: "elsewhere.example.com", type, zoneId, ttl: 60, records: ["203.0.113.1"] }),
  },
  { id: "CKV_AWS_187", fails: "aws_sagemaker_domain.shop-studio", change: without("kmsKeyId") },
  { id: "CKV_AWS_26", fails: "aws_sns_topic.night-topics-success", change: without("kmsMasterKeyId") },
  { id: "CKV_AWS_319", fails: "aws_cloudwatch_metric_alarm.night-endpoint-scaling-wake", change: plus({ actionsEnabled: false }) },
  { id: "CKV_AWS_337", fails: "aws_ssm_parameter.iris-parameter", change: plus({ type: "SecureString" }) },
];
