import { DescribeDomainCommand, DescribeUserProfileCommand, ListDomainsCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PlatformArgs } from "../../components";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { Project } from "./support/project";

/** A network and Studio as `Pulumi.dev.yaml` declares them, with all that is on request. */
const declared = (...users: string[]): PlatformArgs => ({
  network: { availabilityZones: 2, egress: "aws-only", endpoints: ["secretsmanager"], flowLogs: {} },
  studio: { users, idleTimeout: "2h" },
  encryption: "managed",
  accessLogs: {},
  scan: { failOn: "CRITICAL" },
});

/** Steps on one stack: each test goes on from where the one before it left the stack. */
describe("a platform with a network of its own and Studio, on the real engine", () => {
  let aws: LocalAws;
  let project: Project;
  let sagemaker: SageMakerClient;

  beforeAll(async () => {
    aws = await startLocalAws();
    project = await Project.create(aws);
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    sagemaker = new SageMakerClient({ endpoint: aws.endpointUrl, region: "us-east-1", credentials });
  });
  afterAll(async () => {
    project?.remove();
    await aws?.stop();
  });

  async function count(type: string): Promise<number> {
    return (await project.resources()).filter((resource) => resource.type === type).length;
  }

  test("comes up with two private subnets, a domain in them and a profile for each user", async () => {
    project.declare({}, declared("ada", "grace"));
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    expect(await count("awsx:ec2:Vpc")).toBe(1);
    expect(await count("aws:sagemaker/userProfile:UserProfile")).toBe(2);

    const { Domains = [] } = await sagemaker.send(new ListDomainsCommand({}));
    expect(Domains.map(({ Status }) => Status)).toEqual(["InService"]);
    const DomainId = Domains[0]?.DomainId;
    const domain = await sagemaker.send(new DescribeDomainCommand({ DomainId }));
    expect([domain.AuthMode, domain.AppNetworkAccessType, domain.SubnetIds?.length]).toEqual(["IAM", "VpcOnly", 2]);
    const subnets = (await project.resources()).filter(({ type }) => type === "aws:ec2/subnet:Subnet");
    expect(subnets.map(({ id }) => id)).toEqual(expect.arrayContaining(domain.SubnetIds ?? []));
    const profile = await sagemaker.send(new DescribeUserProfileCommand({ DomainId, UserProfileName: "ada" }));
    expect(profile.Status).toBe("InService");
  });

  test("has a key of its own for bucket, images and Studio, a way out to AWS alone, and a bucket for its access logs", async () => {
    const resources = await project.resources();
    const found = (type: string, name: string) => resources.find(({ type: its, urn }) => its === type && urn.endsWith(`::${name}`));
    const one = (type: string, name: string) => found(type, name)?.outputs ?? {};
    const { arn } = one("aws:kms/key:Key", "platform-key");
    expect(one("aws:kms/alias:Alias", "platform-key-alias")).toMatchObject({ name: "alias/slipway/platform", targetKeyArn: arn });
    expect(one("aws:ecr/repository:Repository", "platform-models").encryptionConfigurations).toEqual([
      { encryptionType: "KMS", kmsKey: arn },
    ]);
    expect(one("aws:sagemaker/domain:Domain", "platform-studio").kmsKeyId).toBe(arn);
    const group = "aws:ec2/securityGroup:SecurityGroup";
    const [, endpoints, s3, ...more] = one(group, "platform-network-workloads").egress as Record<string, unknown>[];
    expect([endpoints?.securityGroups, s3?.prefixListIds, more]).toEqual([
      [found(group, "platform-network-endpoints")?.id],
      [expect.stringMatching(/^pl-[0-9a-f]{17}$/)],
      [],
    ]);
    expect(one("aws:ec2/flowLog:FlowLog", "platform-network-flow-log")).toMatchObject({
      vpcId: one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "platform-network-default").vpcId,
      logDestination: expect.stringContaining(":log-group:/slipway/platform-network-flow-logs"),
    });
    expect(one("aws:ec2/vpcEndpoint:VpcEndpoint", "platform-network-secretsmanager").policy).toContain("aws:PrincipalAccount");
    expect(one("aws:s3/bucketLogging:BucketLogging", "platform-artifacts-logging")).toMatchObject({
      targetBucket: one("aws:s3/bucket:Bucket", "platform-artifacts-logs").bucket,
    });
  });

  test("a preview after it shows no change", async () => {
    const run = await project.preview();
    expect([run.exitCode, run.changes]).toEqual([0, []]);
  });

  test("taking a user away removes that profile alone", async () => {
    project.declare({}, declared("ada"));
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    expect(run.changes.filter((change) => change.includes("aws:"))).toEqual([
      expect.stringMatching(/^delete aws:sagemaker\/userProfile:UserProfile .*grace$/),
    ]);
  });

  test("destroying it leaves nothing", async () => {
    const run = await project.destroy();
    expect(run.exitCode, run.text).toBe(0);
    expect((await project.resources()).map(({ urn }) => urn)).toEqual([]);
    expect((await sagemaker.send(new ListDomainsCommand({}))).Domains).toEqual([]);
  });
});
