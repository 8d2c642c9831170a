import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Program } from "./support/program";
import { type ProviderUnderTest, startProviderUnderTest } from "./support/provider-under-test";

const network = (strategy: string, specs: string) => `
const vpc = new awsx.ec2.Vpc("net", {
  cidrBlock: "10.20.0.0/16", numberOfAvailabilityZones: 2, enableDnsHostnames: true,
  natGateways: { strategy: "${strategy}" }, subnetStrategy: "Auto", subnetSpecs: ${specs}, tags: { team: "ml" },
});
const group = new aws.ec2.SecurityGroup("inside", { vpcId: vpc.vpcId, description: "inside" });
exports.vpcId = vpc.vpcId;
exports.vpcCidr = vpc.vpc.apply((one) => one.cidrBlock);
exports.privateIds = vpc.privateSubnetIds;
exports.publicIds = vpc.publicSubnetIds;
exports.isolatedIds = vpc.isolatedSubnetIds;
exports.tables = vpc.routeTables.apply((tables) => tables.map((table) => table.id));
exports.group = group.id;
`;

interface Outputs {
  vpcId: string;
  vpcCidr: string;
  privateIds: string[];
  publicIds: string[];
  isolatedIds: string[];
  tables: string[];
  group: string;
}

describe("awsx:ec2:Vpc on the real engine", () => {
  let provider: ProviderUnderTest;
  let program: Program;

  beforeAll(async () => {
    provider = await startProviderUnderTest();
    program = await Program.create(provider);
    program.is(network("Single", '[{ type: "Public" }, { type: "Private" }]'));
  });
  afterAll(async () => {
    program?.remove();
    await provider?.stop();
  });

  it("can be previewed before anything exists", async () => {
    const run = await program.preview();
    expect(run.exitCode).toBe(0);
    expect(run.steps).toContain("create aws:ec2/natGateway:NatGateway net-1");
  });

  it("makes subnets in each zone, with one way out for the private ones", async () => {
    const run = await program.up();
    expect(run.exitCode).toBe(0);
    const count = (type: string) => run.steps.filter((step) => step.startsWith(`create ${type} `)).length;
    expect({
      vpc: count("aws:ec2/vpc:Vpc"),
      subnets: count("aws:ec2/subnet:Subnet"),
      routeTables: count("aws:ec2/routeTable:RouteTable"),
      associations: count("aws:ec2/routeTableAssociation:RouteTableAssociation"),
      routes: count("aws:ec2/route:Route"),
      natGateways: count("aws:ec2/natGateway:NatGateway"),
      eips: count("aws:ec2/eip:Eip"),
      internetGateways: count("aws:ec2/internetGateway:InternetGateway"),
    }).toEqual({ vpc: 1, subnets: 4, routeTables: 4, associations: 4, routes: 4, natGateways: 1, eips: 1, internetGateways: 1 });
    const outputs = await program.outputs<Outputs>();
    expect(outputs.vpcId).toMatch(/^vpc-[0-9a-f]{17}$/);
    expect(outputs.vpcCidr).toBe("10.20.0.0/16");
    expect(outputs.privateIds).toHaveLength(2);
    expect(outputs.publicIds).toHaveLength(2);
    expect(outputs.isolatedIds).toEqual([]);
    expect(outputs.tables).toHaveLength(4);
    expect(outputs.group).toMatch(/^sg-[0-9a-f]{17}$/);
    expect(run.text).toContain("aws:ec2/subnet:Subnet has no local behaviour: it is recorded in the state");
    expect(run.text.match(/aws:ec2\/subnet:Subnet has no local behaviour/g)).toHaveLength(1);
  });

  it("finds nothing to do when nothing changed", async () => {
    expect(await program.preview()).toEqual({ exitCode: 0, steps: [], text: "" });
  });

  it("destroys everything, what depends on the network before the network", async () => {
    const run = await program.destroy();
    expect(run.exitCode).toBe(0);
    const deleted = (name: string) => run.steps.indexOf(`delete ${name}`);
    expect(deleted("aws:ec2/securityGroup:SecurityGroup inside")).toBeLessThan(deleted("aws:ec2/vpc:Vpc net"));
    expect(deleted("aws:ec2/subnet:Subnet net-public-1")).toBeLessThan(deleted("aws:ec2/vpc:Vpc net"));
    expect(await program.resources()).toEqual([]);
  });

  it("makes isolated subnets without any way out", async () => {
    program.is(network("None", '[{ type: "Isolated" }]'));
    const run = await program.up();
    expect(run.exitCode).toBe(0);
    expect(run.steps.filter((step) => /route:Route|nat|eip/i.test(step.replace(/routeTable\S*/g, "")))).toEqual([]);
    expect((await program.outputs<Outputs>()).isolatedIds).toHaveLength(2);
    expect((await program.destroy()).exitCode).toBe(0);
  });
});
