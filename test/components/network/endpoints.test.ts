import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Network, type NetworkArgs } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { promiseOf, refusalOf } from "../../support/promise-of";

const usual = ["ecr.api", "ecr.dkr", "logs", "monitoring", "sagemaker.api", "sagemaker.runtime", "sts"];
const own = [
  {
    Sid: "OwnPrincipals",
    Effect: "Allow",
    Principal: "*",
    Action: "*",
    Resource: "*",
    Condition: { StringEquals: { "aws:PrincipalAccount": "123456789012" } },
  },
  {
    Sid: "AwsServices",
    Effect: "Allow",
    Principal: "*",
    Action: "*",
    Resource: "*",
    Condition: { Bool: { "aws:PrincipalIsAWSService": "true" } },
  },
];
const layers = {
  Sid: "ImageLayers",
  Effect: "Allow",
  Principal: "*",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*",
};

describe("the endpoints of a network", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  /** Service and policy's statements of each endpoint. */
  async function endpointsOf(args: NetworkArgs): Promise<Record<string, unknown>> {
    await promiseOf(new Network("net", args).securityGroupIds);
    await MockedEngine.settled();
    const made = engine.registered.filter(({ type }) => type === "aws:ec2/vpcEndpoint:VpcEndpoint");
    return Object.fromEntries(
      made.map(({ inputs }) => [
        String(inputs.serviceName).replace("com.amazonaws.eu-central-1.", ""),
        inputs.policy === undefined ? undefined : (JSON.parse(String(inputs.policy)) as { Statement: unknown }).Statement,
      ]),
    );
  }

  test("are those that SageMaker's work calls, as AWS makes them", async () => {
    expect(await endpointsOf({})).toEqual(Object.fromEntries([...usual, "s3"].map((service) => [service, undefined])));
  });

  test("are also those asked for, at their usual names inside, and let through the account's own principals and AWS's services only", async () => {
    expect(await endpointsOf({ endpoints: ["secretsmanager", "bedrock-runtime", "sagemaker.featurestore-runtime"] })).toEqual({
      ...Object.fromEntries([...usual, "s3"].map((service) => [service, undefined])),
      secretsmanager: own,
      "bedrock-runtime": own,
      "sagemaker.featurestore-runtime": own,
    });
    expect(engine.one("aws:ec2/vpcEndpoint:VpcEndpoint", "net-sagemaker-featurestore-runtime").inputs).toMatchObject({
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      subnetIds: ["subnet-0a", "subnet-0b"],
      securityGroupIds: ["net-endpoints-id"],
    });
  });

  test("with egress to AWS only all do; S3's also gives out the layers of ECR's images", async () => {
    expect(await endpointsOf({ egress: "aws-only", endpoints: ["kms"] })).toEqual({
      ...Object.fromEntries([...usual, "kms"].map((service) => [service, own])),
      s3: [...own, layers],
    });
  });

  test.each([
    ["one that is there already", ["sts"], 'endpoints[0]: got "sts", which every network has; remove it'],
    ["S3, which has a gateway", ["s3"], 'endpoints[0]: got "s3", which every network has; remove it'],
    [
      "a whole name",
      ["ssm", "com.amazonaws.eu-central-1.kms"],
      'endpoints[1]: got "com.amazonaws.eu-central-1.kms"; allowed is the part of an endpoint\'s name after the region, such as "secretsmanager"',
    ],
    ["one twice", ["kms", "ssm", "kms"], 'endpoints: names "kms" more than once; remove one of the two'],
  ])("cannot be %s", (_, endpoints, fault) => {
    expect(refusalOf(() => new Network("net", { endpoints }))).toContain(fault);
  });

  test("cannot be added to a VPC that is there", () => {
    const existing = { vpcId: "vpc-1", subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] };
    expect(refusalOf(() => new Network("net", { existing, endpoints: ["kms"], flowLogs: {} }))).toMatch(
      /endpoints: got \["kms"\] together with existing, which is not changed[\s\S]*flowLogs: got \{\} together with existing/,
    );
  });
});
