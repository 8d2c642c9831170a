import type { Registered } from "../../support/mocks";

type Inputs = Readonly<Record<string, unknown>>;

const everyone = { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" };
const anotherAccount = { Effect: "Allow", Principal: { AWS: "arn:aws:iam::999999999999:root" }, Action: "sts:AssumeRole" };
const anyRepository = {
  Effect: "Allow",
  Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
  Action: "sts:AssumeRoleWithWebIdentity",
  Condition: { StringLike: { "token.actions.githubusercontent.com:sub": "repo:*" } },
};
const document = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const open = { protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] };
const admin = ["arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/IAMFullAccess"];

/** What a careless change would make of each type: every fault that a check is there for. */
const faults: Readonly<Record<string, (inputs: Inputs, name: string) => Inputs>> = {
  "aws:apigateway/methodSettings:MethodSettings": ({ settings, ...rest }) => ({
    ...rest,
    settings: { ...(settings as Inputs), dataTraceEnabled: true, cachingEnabled: true, cacheDataEncrypted: false },
  }),
  "aws:apigateway/stage:Stage": ({ accessLogSettings: _, ...rest }) => rest,
  "aws:apigatewayv2/route:Route": (inputs) => ({ ...inputs, authorizationType: "NONE" }),
  "aws:cloudwatch/logGroup:LogGroup": ({ name }) => ({ name }),
  "aws:cloudwatch/metricAlarm:MetricAlarm": (inputs) => ({ ...inputs, actionsEnabled: false }),
  "aws:ec2/securityGroup:SecurityGroup": ({ vpcId }) => ({ vpcId, ingress: [open], egress: [open] }),
  "aws:ecr/repository:Repository": () => ({}),
  "aws:iam/role:Role": (_, name) => ({
    assumeRolePolicy: document(name === "ci" ? anyRepository : name === "scientist" ? anotherAccount : everyone),
    managedPolicyArns: admin,
  }),
  "aws:iam/rolePolicy:RolePolicy": ({ role }) => ({ role, policy: document({ Effect: "Allow", Action: "*", Resource: "*" }) }),
  "aws:kms/key:Key": () => ({ enableKeyRotation: false, isEnabled: false }),
  "aws:lambda/function:Function": (inputs) => ({
    ...inputs,
    runtime: "nodejs12.x",
    environment: { variables: { KEY: "AKIAIOSFODNN7EXAMPLE", SECRET: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" } },
  }),
  "aws:lambda/permission:Permission": ({ sourceArn: _, ...rest }, name) => (name.startsWith("iris") ? { ...rest, principal: "*" } : rest),
  "aws:s3/bucket:Bucket": (inputs) => ({ ...inputs, acl: "public-read-write" }),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ({ bucket }) => ({
    bucket,
    rules: [{ id: "all", status: "Enabled", filter: {} }],
  }),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ({ bucket }) => ({ bucket, rule: { objectOwnership: "ObjectWriter" } }),
  "aws:s3/bucketPolicy:BucketPolicy": ({ bucket }, name) => ({
    bucket,
    policy: document({ Effect: name.startsWith("shop") ? "Allow" : "Deny", Principal: "*", Action: "s3:*", Resource: "*" }),
  }),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ({ bucket }) => ({ bucket, blockPublicAcls: false, blockPublicPolicy: false }),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ({ bucket }) => ({
    bucket,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
  }),
  "aws:s3/bucketVersioning:BucketVersioning": ({ bucket }) => ({ bucket, versioningConfiguration: { status: "Suspended" } }),
  "aws:sagemaker/domain:Domain": ({ kmsKeyId: _, ...rest }) => rest,
  "aws:sns/topic:Topic": () => ({}),
  "aws:ssm/parameter:Parameter": (inputs) => ({ ...inputs, type: "SecureString" }),
};

/** The same plan with every fault; the second bucket has no lifecycle at all, and none has access logs. */
export function faulty(planned: readonly Registered[]): Registered[] {
  return planned
    .filter(({ type, name }) => name !== "outside-artifacts-lifecycle" && type !== "aws:s3/bucketLogging:BucketLogging")
    .map((resource) => ({ ...resource, inputs: faults[resource.type]?.(resource.inputs, resource.name) ?? resource.inputs }));
}
