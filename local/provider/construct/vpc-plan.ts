import { blocks, number, text, texts, type Values } from "../values";
import { formatCidr, parseCidr, place, split } from "./cidr";

export type SubnetType = "Public" | "Private" | "Isolated" | "Unused";

export interface SubnetPlan {
  readonly name: string;
  readonly type: SubnetType;
  readonly zone: string;
  readonly cidrBlock: string;
  readonly tags: Values;
}

/** What a VPC consists of, as plain data. */
export interface VpcPlan {
  readonly cidrBlock: string;
  readonly subnets: readonly SubnetPlan[];
  /** Zones that get a NAT gateway, in its first public subnet. */
  readonly natZones: readonly string[];
  /** The gateway that each private subnet's zone uses. */
  readonly natOf: Readonly<Record<string, string>>;
}

const DEFAULT_ZONES = 3;
const DEFAULT_CIDR = "10.0.0.0/16";

/** Lays out a VPC as awsx does: the same subnets in each availability zone, named `<vpc>-<spec>-<zone number>`. */
export function planVpc(name: string, args: Values, availableZones: readonly string[]): VpcPlan {
  const cidrBlock = text(args, "cidrBlock") ?? DEFAULT_CIDR;
  const zones = texts(args, "availabilityZoneNames") ?? availableZones.slice(0, number(args, "numberOfAvailabilityZones") ?? DEFAULT_ZONES);
  const specs = subnetSpecs(args);
  const perZone = split(parseCidr(cidrBlock), zones.length);
  const subnets = zones.flatMap((zone, index) => {
    const block = perZone[index];
    const chosen =
      specs.every((spec) => spec.mask !== undefined) && block ? place(block, masks(specs)) : block && split(block, specs.length);
    return specs.map((spec, position) => ({
      name: `${name}-${spec.name}-${index + 1}`,
      type: spec.type,
      zone,
      cidrBlock: spec.cidrBlocks?.[index] ?? formatCidr(chosen?.[position] ?? parseCidr(cidrBlock)),
      tags: spec.tags,
    }));
  });
  return { cidrBlock, subnets, ...natGateways(args, zones, subnets) };
}

interface Spec {
  readonly name: string;
  readonly type: SubnetType;
  readonly mask: number | undefined;
  readonly cidrBlocks: readonly string[] | undefined;
  readonly tags: Values;
}

function subnetSpecs(args: Values): Spec[] {
  const given = blocks(args, "subnetSpecs");
  const wanted: readonly Values[] = given.length > 0 ? given : [{ type: "Private" }, { type: "Public" }];
  return wanted.map((spec) => {
    const type = subnetType(text(spec, "type"));
    const size = number(spec, "size");
    const tags = spec.tags as Values | undefined;
    return {
      name: text(spec, "name") ?? type.toLowerCase(),
      type,
      mask: number(spec, "cidrMask") ?? (size === undefined ? undefined : 32 - Math.ceil(Math.log2(size))),
      cidrBlocks: texts(spec, "cidrBlocks"),
      tags: tags ?? {},
    };
  });
}

function subnetType(given: string | undefined): SubnetType {
  const types: readonly SubnetType[] = ["Public", "Private", "Isolated", "Unused"];
  const found = types.find((type) => type === given);
  if (found === undefined) throw new Error(`subnetSpecs type ${given ?? "(missing)"} is not one of ${types.join(", ")}`);
  return found;
}

function masks(specs: readonly Spec[]): number[] {
  return specs.flatMap((spec) => (spec.mask === undefined ? [] : [spec.mask]));
}

function natGateways(args: Values, zones: readonly string[], subnets: readonly SubnetPlan[]): Pick<VpcPlan, "natZones" | "natOf"> {
  const strategy = text(args.natGateways as Values | undefined, "strategy") ?? "OnePerAz";
  const publicZones = zones.filter((zone) => subnets.some((subnet) => subnet.zone === zone && subnet.type === "Public"));
  const [first] = publicZones;
  const needed = subnets.some((subnet) => subnet.type === "Private");
  if (strategy === "None" || first === undefined || !needed) return { natZones: [], natOf: {} };
  if (strategy === "Single") return { natZones: [first], natOf: Object.fromEntries(zones.map((zone) => [zone, first])) };
  if (strategy !== "OnePerAz") throw new Error(`natGateways.strategy ${strategy} is not one of None, Single, OnePerAz`);
  return { natZones: publicZones, natOf: Object.fromEntries(publicZones.map((zone) => [zone, zone])) };
}
