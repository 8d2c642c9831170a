import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Network, type NetworkArgs } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { promiseOf, refusalOf } from "../../support/promise-of";

const groupType = "aws:ec2/securityGroup:SecurityGroup";
const tls = { protocol: "tcp", fromPort: 443, toPort: 443 };
const existing = { vpcId: "vpc-1", subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] };
const eachOther = { description: "Each other", protocol: "-1", fromPort: 0, toPort: 0, self: true };

describe("the security groups of a network", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  async function egressOf(args: NetworkArgs): Promise<unknown> {
    await promiseOf(new Network("net", args).securityGroupIds);
    await MockedEngine.settled();
    return engine.one(groupType, "net-workloads").inputs.egress;
  }

  test("let workloads open TLS connections to wherever there is a way", async () => {
    expect(await egressOf({})).toEqual([eachOther, { ...tls, description: "AWS services, by TLS", cidrBlocks: ["0.0.0.0/0"] }]);
  });

  test("say so when that is the internet", async () => {
    expect(await egressOf({ natGateways: "Single", egress: "tls" })).toEqual([
      eachOther,
      { ...tls, description: "The internet, by TLS", cidrBlocks: ["0.0.0.0/0"] },
    ]);
  });

  test("with egress to AWS only let them reach the endpoints and S3's own addresses, and no address else", async () => {
    expect(await egressOf({ egress: "aws-only" })).toEqual([
      eachOther,
      { ...tls, description: "Endpoints of AWS services, by TLS", securityGroups: ["net-endpoints-id"] },
      { ...tls, description: "S3, by TLS", prefixListIds: ["pl-0a1b"] },
    ]);
    expect(engine.one(groupType, "net-endpoints").inputs).toMatchObject({
      ingress: [{ ...tls, description: "TLS from inside", cidrBlocks: ["10.0.0.0/16"] }],
    });
    const endpoints = engine.registered.filter(({ inputs }) => inputs.vpcEndpointType === "Interface");
    expect(endpoints.map(({ inputs }) => inputs.securityGroupIds)).toEqual(Array(7).fill(["net-endpoints-id"]));
  });

  test("are three: the VPC's own one is taken over without rules", async () => {
    await egressOf({ tags: { team: "vision" } });
    const { inputs } = engine.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "net-default");
    expect(inputs).toEqual({ vpcId: "vpc-0a1b", tags: { team: "vision" } });
  });

  test("cannot be for AWS only where there is a gateway to the internet, or where they are given", () => {
    expect(refusalOf(() => new Network("net", { egress: "aws-only", natGateways: "Single" }))).toContain(
      'egress: got "aws-only" together with natGateways Single, which nothing could use; remove one of the two',
    );
    expect(refusalOf(() => new Network("net", { egress: "aws-only", existing }))).toContain(
      'egress: got "aws-only" together with existing, which is not changed; remove one of the two',
    );
  });
});
