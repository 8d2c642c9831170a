import { pick } from "../shapes";
import type { Context } from "../spec";
import { block, isValues, text, texts, UNKNOWN, type Value, type Values } from "../values";
import type { Child, Monitor, Registered } from "./monitor";
import { planVpc, type SubnetPlan, type VpcPlan } from "./vpc-plan";

const VPC_INPUTS = [
  "assignGeneratedIpv6CidrBlock",
  "enableDnsHostnames",
  "enableDnsSupport",
  "enableNetworkAddressUsageMetrics",
  "instanceTenancy",
  "ipv4IpamPoolId",
  "ipv4NetmaskLength",
  "ipv6CidrBlock",
  "ipv6CidrBlockNetworkBorderGroup",
  "ipv6IpamPoolId",
  "ipv6NetmaskLength",
];

type Inputs = Child["inputs"];

/** An output of the component, with the resources it comes from. */
export interface ComponentOutput {
  readonly value: Value;
  readonly from: readonly Registered[];
}

interface SubnetParts {
  readonly plan: SubnetPlan;
  readonly subnet: Registered;
  readonly routeTable: Registered;
  readonly association: Registered;
}

interface NatGateway {
  readonly zone: string;
  readonly gateway: Registered;
  readonly eip: Registered | undefined;
}

/** Registers what `awsx:ec2:Vpc` is made of, child by child, and returns its outputs. */
export async function constructVpc(
  monitor: Pick<Monitor, "child">,
  component: Registered,
  name: string,
  args: Values,
  context: Pick<Context, "region">,
) {
  const zones = ["a", "b", "c", "d"].map((letter) => context.region + letter);
  const parts = new VpcParts(monitor, component, name, args, planVpc(name, args, zones));
  return parts.register();
}

class VpcParts {
  constructor(
    readonly monitor: Pick<Monitor, "child">,
    readonly component: Registered,
    readonly name: string,
    readonly args: Values,
    readonly plan: VpcPlan,
  ) {}

  async register(): Promise<Record<string, ComponentOutput>> {
    const { name, args, plan } = this;
    const inputs: Inputs = { ...pick(args, VPC_INPUTS), cidrBlock: plan.cidrBlock, tags: this.tags(name) };
    const vpc = await this.child("aws:ec2/vpc:Vpc", name, this.component, inputs, []);
    const [gateway, subnets] = await Promise.all([
      this.internetGateway(vpc),
      Promise.all(plan.subnets.map((one) => this.subnet(vpc, one))),
    ]);
    const natGateways = await Promise.all(plan.natZones.map((zone, index) => this.natGateway(zone, index, subnets)));
    const routes = (await Promise.all(subnets.map((one) => this.route(one, gateway, natGateways)))).flat();
    const endpoints = await this.endpoints(vpc);
    return outputs({ vpc, gateway, subnets, natGateways, routes, endpoints, plan });
  }

  private internetGateway(vpc: Registered): Promise<Registered> {
    return this.child("aws:ec2/internetGateway:InternetGateway", this.name, vpc, { vpcId: vpc.id, tags: this.tags(this.name) }, [vpc]);
  }

  private async subnet(vpc: Registered, plan: SubnetPlan): Promise<SubnetParts> {
    const { name, zone, cidrBlock, type } = plan;
    const tags = this.tags(name, { SubnetType: type, ...plan.tags });
    const inputs: Inputs = { vpcId: vpc.id, availabilityZone: zone, cidrBlock, mapPublicIpOnLaunch: type === "Public", tags };
    const subnet = await this.child("aws:ec2/subnet:Subnet", name, vpc, inputs, [vpc]);
    const table: Inputs = { vpcId: vpc.id, tags };
    const routeTable = await this.child("aws:ec2/routeTable:RouteTable", name, subnet, table, [vpc, subnet]);
    const link: Inputs = { routeTableId: routeTable.id, subnetId: subnet.id };
    const association = await this.child("aws:ec2/routeTableAssociation:RouteTableAssociation", name, routeTable, link, [
      routeTable,
      subnet,
    ]);
    return { plan, subnet, routeTable, association };
  }

  private async natGateway(zone: string, index: number, subnets: readonly SubnetParts[]): Promise<NatGateway> {
    const home = subnets.find(({ plan }) => plan.zone === zone && plan.type === "Public");
    if (home === undefined) throw new Error(`zone ${zone} has no public subnet for a NAT gateway`);
    const name = `${this.name}-${index + 1}`;
    const given = texts(block(this.args, "natGateways"), "elasticIpAllocationIds")?.[index];
    const eip =
      given === undefined ? await this.child("aws:ec2/eip:Eip", name, home.subnet, { tags: this.tags(name) }, [home.subnet]) : undefined;
    const inputs: Inputs = { subnetId: home.subnet.id, allocationId: given ?? eip?.id, tags: this.tags(name) };
    const after = eip === undefined ? [home.subnet] : [home.subnet, eip];
    return { zone, eip, gateway: await this.child("aws:ec2/natGateway:NatGateway", name, home.subnet, inputs, after) };
  }

  /** Public subnets reach the internet directly, private ones through their zone's NAT gateway, isolated ones not at all. */
  private async route({ plan, routeTable }: SubnetParts, internet: Registered, gateways: readonly NatGateway[]): Promise<Registered[]> {
    const nat = gateways.find(({ zone }) => zone === this.plan.natOf[plan.zone])?.gateway;
    const through = plan.type === "Public" ? internet : plan.type === "Private" ? nat : undefined;
    if (through === undefined) return [];
    const gateway: Inputs = plan.type === "Public" ? { gatewayId: through.id } : { natGatewayId: through.id };
    const inputs: Inputs = { routeTableId: routeTable.id, destinationCidrBlock: "0.0.0.0/0", ...gateway };
    return [await this.child("aws:ec2/route:Route", plan.name, routeTable, inputs, [routeTable, through])];
  }

  private endpoints(vpc: Registered): Promise<Registered[]> {
    const specs = this.args.vpcEndpointSpecs;
    return Promise.all(
      (Array.isArray(specs) ? specs : []).filter(isValues).map((spec: Values) => {
        const service = text(spec, "serviceName") ?? "";
        const inputs: Inputs = { ...spec, vpcId: vpc.id, tags: this.tags(this.name, block(spec, "tags")) };
        return this.child("aws:ec2/vpcEndpoint:VpcEndpoint", `${this.name}-${service.replaceAll(".", "-")}`, vpc, inputs, [vpc]);
      }),
    );
  }

  private child(
    type: string,
    name: string,
    parent: Registered,
    inputs: Child["inputs"],
    after: readonly Registered[],
  ): Promise<Registered> {
    return this.monitor.child({ type, name, parent: parent.urn, inputs, after });
  }

  private tags(name: string, own: Values = {}): Value {
    const all = this.args.tags;
    return all === UNKNOWN ? UNKNOWN : { ...(isValues(all) ? all : {}), Name: name, ...own };
  }
}

interface Made {
  readonly vpc: Registered;
  readonly gateway: Registered;
  readonly subnets: readonly SubnetParts[];
  readonly natGateways: readonly NatGateway[];
  readonly routes: readonly Registered[];
  readonly endpoints: readonly Registered[];
  readonly plan: VpcPlan;
}

function outputs({ vpc, gateway, subnets, natGateways, routes, endpoints, plan }: Made): Record<string, ComponentOutput> {
  const one = (resource: Registered): ComponentOutput => ({ value: resource.reference, from: [resource] });
  const many = (resources: readonly Registered[]): ComponentOutput => ({
    value: resources.map(({ reference }) => reference),
    from: resources,
  });
  const ids = (resources: readonly Registered[]): ComponentOutput => ({ value: resources.map(({ id }) => id), from: resources });
  const of = (type: SubnetPlan["type"]) => subnets.filter((part) => part.plan.type === type).map(({ subnet }) => subnet);
  return {
    vpc: one(vpc),
    vpcId: { value: vpc.id, from: [vpc] },
    internetGateway: one(gateway),
    subnets: many(subnets.map(({ subnet }) => subnet)),
    publicSubnets: many(of("Public")),
    privateSubnets: many(of("Private")),
    isolatedSubnets: many(of("Isolated")),
    publicSubnetIds: ids(of("Public")),
    privateSubnetIds: ids(of("Private")),
    isolatedSubnetIds: ids(of("Isolated")),
    routeTables: many(subnets.map(({ routeTable }) => routeTable)),
    routeTableAssociations: many(subnets.map(({ association }) => association)),
    routes: many(routes),
    natGateways: many(natGateways.map((nat) => nat.gateway)),
    eips: many(natGateways.flatMap(({ eip }) => eip ?? [])),
    vpcEndpoints: many(endpoints),
    subnetLayout: { value: plan.subnets.map(({ type, name, cidrBlock }) => ({ type, name, cidrBlocks: [cidrBlock] })), from: [] },
  };
}
