import { describe, expect, it, test } from "vitest";
import { type AwsRequest, isAllowed } from "./evaluate";
import { experiment, experimentOnOwnDisks, needs } from "./needs";
import { account, boundary, documents, kmsKeyArn, region, roles } from "./roles";

const denied = (statements: (typeof roles)[string], requests: readonly AwsRequest[]) =>
  requests.filter((request) => isAllowed(statements, request));

/** The request about the same thing of another account, region, bucket or model, as far as its resource names one. */
function elsewhere(request: AwsRequest): AwsRequest[] {
  const { resource } = request;
  const others = [
    resource.replace(account, "999999999999"),
    resource.replace(`:${region}:`, ":us-west-2:"),
    resource.replace("arn:aws:s3:::shop", "arn:aws:s3:::another"),
    // What every model's job shares with others has no model in its name.
    resource.replace(/iris(?!-1\/|-topics-success)/, "rose"),
  ];
  return others.filter((other) => other !== resource).map((other) => ({ ...request, resource: other }));
}

describe.each(Object.entries(roles))("the role of %s", (name, statements) => {
  const requests = needs[name] ?? {};
  const allowing = statements.filter(({ Effect }) => Effect === "Allow");

  it("has a need for each of its statements, and each may be done", () => {
    expect(Object.keys(requests).sort()).toEqual(
      allowing
        .map(({ Sid }) => Sid)
        .filter((Sid) => !/^List\d/.test(Sid))
        .sort(),
    );
    expect(Object.entries(requests).filter(([, request]) => !isAllowed(statements, request))).toEqual([]);
  });

  it("has no statement that could be left out", () => {
    const needless = Object.entries(requests).filter(([Sid, request]) =>
      isAllowed(
        statements.filter((statement) => statement.Sid !== Sid),
        request,
      ),
    );
    expect(needless.map(([Sid]) => Sid)).toEqual([]);
  });

  it("may do none of it in another account or region, with another bucket or model", () => {
    // A data scientist and Studio read all of the platform's bucket, and neither is of one model.
    const isOfAModel = !["studio", "data scientist"].includes(name);
    const requested = Object.values(requests).flatMap(elsewhere);
    expect(denied(statements, isOfAModel ? requested : requested.filter(({ resource }) => !resource.includes("rose")))).toEqual([]);
  });

  it("may do nothing that leads to the rights of others", () => {
    const escalations = ["iam:CreateUser", "iam:CreateAccessKey", "iam:AttachRolePolicy", "iam:CreatePolicyVersion", "sts:AssumeRole"];
    const everything = [
      ...escalations,
      "s3:DeleteBucket",
      "s3:PutBucketPolicy",
      "kms:ScheduleKeyDeletion",
      "kms:PutKeyPolicy",
      "ecr:DeleteRepository",
    ];
    const targets = [`arn:aws:iam::${account}:role/iris-serving-role-1a2b`, `arn:aws:iam::${account}:user/ada`, "arn:aws:s3:::shop", "*"];
    expect(
      denied(
        statements,
        everything.flatMap((action) => targets.map((resource) => ({ action, resource }))),
      ),
    ).toEqual([]);
  });
});

describe("a data scientist", () => {
  const may = (request: AwsRequest) => isAllowed(roles["data scientist"] ?? [], request);
  const within = (context: AwsRequest["context"]) => may({ ...experiment, context: { ...experiment.context, ...context } });
  const without = (key: string) =>
    may({ ...experiment, context: Object.fromEntries(Object.entries(experiment.context ?? {}).filter(([name]) => name !== key)) });

  test("trains within the limits, and not beyond any of them", () => {
    expect(within({ "sagemaker:InstanceTypes": ["ml.c5.xlarge"], "sagemaker:MaxRuntimeInSeconds": "60" })).toBe(true);
    expect(within({ "sagemaker:InstanceTypes": ["ml.m5.large", "ml.p4d.24xlarge"] })).toBe(false);
    expect(within({ "sagemaker:MaxRuntimeInSeconds": "28801" })).toBe(false);
    expect(within({ "sagemaker:VpcSubnets": ["subnet-1", "subnet-9"] })).toBe(false);
  });

  const otherKey = kmsKeyArn.replace("key/1", "key/2");

  test("trains with the platform's key for volumes and results, in its security groups and no others", () => {
    expect(within({ "sagemaker:VpcSecurityGroupIds": ["sg-1", "sg-9"] })).toBe(false);
    expect(within({ "sagemaker:VolumeKmsKeyArn": otherKey })).toBe(false);
    expect(within({ "sagemaker:OutputKmsKeyArn": otherKey })).toBe(false);
  });

  test("trains without a key for the volumes only where AWS takes none, and not beyond the other limits there", () => {
    const onOwnDisks = (context: AwsRequest["context"]) =>
      may({ ...experimentOnOwnDisks, context: { ...experimentOnOwnDisks.context, ...context } });
    expect(onOwnDisks({})).toBe(true);
    expect(onOwnDisks({ "sagemaker:InstanceTypes": ["ml.m5.large"] })).toBe(false);
    expect(onOwnDisks({ "sagemaker:OutputKmsKeyArn": otherKey })).toBe(false);
    expect(onOwnDisks({ "sagemaker:MaxRuntimeInSeconds": "28801" })).toBe(false);
    expect(onOwnDisks({ "sagemaker:VpcSubnets": ["subnet-9"] })).toBe(false);
  });

  test("uses the key for objects of the platform's bucket through S3, lends it to AWS for volumes, and nothing else", () => {
    const key = (action: string, context: AwsRequest["context"]) =>
      may({ action: `kms:${action}`, resource: kmsKeyArn, ...(context && { context }) });
    const via = (service: string, where = region) => ({ "kms:ViaService": `${service}.${where}.amazonaws.com` });
    const of = (arn: string) => ({ "kms:EncryptionContext:aws:s3:arn": arn });
    const object = of("arn:aws:s3:::shop/channels/iris/1/data.csv");
    expect(key("Decrypt", { ...via("s3"), ...object })).toBe(true);
    expect(key("Decrypt", object)).toBe(false);
    expect(key("Decrypt", { ...via("s3", "us-west-2"), ...object })).toBe(false);
    expect(key("Decrypt", { ...via("s3"), ...of("arn:aws:s3:::shopping/1") })).toBe(false);
    expect(key("Decrypt", { ...via("secretsmanager"), ...object })).toBe(false);
    expect(key("Encrypt", { ...via("s3"), ...object })).toBe(false);
    const forAws = { "kms:GrantIsForAWSResource": "true" };
    expect(["ec2", "elasticfilesystem", "sagemaker"].map((service) => key("CreateGrant", { ...via(service), ...forAws }))).toEqual([
      true,
      true,
      true,
    ]);
    expect(key("CreateGrant", forAws)).toBe(false);
    expect(key("CreateGrant", { ...via("sagemaker"), "kms:GrantIsForAWSResource": "false" })).toBe(false);
    expect(key("CreateGrant", via("sagemaker"))).toBe(false);
  });

  test.each([
    ...["sagemaker:InstanceTypes", "sagemaker:MaxRuntimeInSeconds", "sagemaker:VpcSubnets"],
    ...["sagemaker:VpcSecurityGroupIds", "sagemaker:OutputKmsKeyArn", "sagemaker:VolumeKmsKeyArn"],
  ])("trains not without saying %s", (key) => {
    expect(without(key)).toBe(false);
  });

  test("touches neither training jobs of models nor endpoints, whatever other policy allows it", () => {
    const arn = (resource: string) => `arn:aws:sagemaker:${region}:${account}:${resource}`;
    const everything = { Sid: "All", Effect: "Allow", Action: ["*"], Resource: ["*"] } as const;
    expect(may({ action: "sagemaker:StopTrainingJob", resource: arn("training-job/iris-1a2b-1") })).toBe(false);
    expect(may({ action: "sagemaker:InvokeEndpoint", resource: arn("endpoint/shop-iris") })).toBe(false);
    for (const action of ["CreateEndpoint", "DeleteEndpoint", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"]) {
      const request = { action: `sagemaker:${action}`, resource: arn("endpoint/shop-iris") };
      expect(isAllowed([...(roles["data scientist"] ?? []), everything], request)).toBe(false);
      expect(isAllowed([everything], request)).toBe(true);
    }
  });

  test("passes the training role to SageMaker alone, and no other role", () => {
    const pass = (role: string, service: string) =>
      may({ action: "iam:PassRole", resource: `arn:aws:iam::${account}:role/${role}`, context: { "iam:PassedToService": service } });
    expect(pass("scientist-training-1a2b", "sagemaker.amazonaws.com")).toBe(true);
    expect(pass("scientist-training-1a2b", "lambda.amazonaws.com")).toBe(false);
    expect(pass("iris-serving-role-1a2b", "sagemaker.amazonaws.com")).toBe(false);
  });
});

describe("a deployer", () => {
  const may = (action: string, resource: string, context: AwsRequest["context"] = {}) =>
    isAllowed(roles.deployer ?? [], { action, resource, context });
  const role = `arn:aws:iam::${account}:role/iris-serving-role-1a2b`;

  test("makes roles, and writes policies into them, only with the boundary", () => {
    for (const action of ["iam:CreateRole", "iam:PutRolePolicy"]) {
      expect(may(action, role, { "iam:PermissionsBoundary": boundary })).toBe(true);
      expect(may(action, role, { "iam:PermissionsBoundary": `${boundary}-2` })).toBe(false);
      expect(may(action, role)).toBe(false);
    }
    expect(may("iam:DeleteRolePermissionsBoundary", role)).toBe(false);
  });

  test("passes roles to SageMaker and Lambda alone", () => {
    expect(may("iam:PassRole", role, { "iam:PassedToService": "lambda.amazonaws.com" })).toBe(true);
    expect(may("iam:PassRole", role, { "iam:PassedToService": "ec2.amazonaws.com" })).toBe(false);
  });

  test("scales endpoints and nothing else", () => {
    const target = `arn:aws:application-autoscaling:${region}:${account}:scalable-target/1a2b`;
    const key = "application-autoscaling:service-namespace";
    expect(may("application-autoscaling:PutScalingPolicy", target, { [key]: "ecs" })).toBe(false);
  });
});

it("keeps every policy within what an inline policy of a role may hold: 10,240 characters together", () => {
  for (const texts of Object.values(documents)) expect(texts.join("").length).toBeLessThan(10_240);
});
