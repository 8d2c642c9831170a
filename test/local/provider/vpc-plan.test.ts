import { describe, expect, it } from "vitest";
import { formatCidr, parseCidr, place, split } from "../../../local/provider/construct/cidr";
import { planVpc } from "../../../local/provider/construct/vpc-plan";
import type { Values } from "../../../local/provider/values";

const zones = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"];

describe("IPv4 blocks", () => {
  it("are read and written, and refused when they are none", () => {
    expect(formatCidr(parseCidr("10.1.2.0/24"))).toBe("10.1.2.0/24");
    expect(() => parseCidr("10.0.0.1/16")).toThrow("10.0.0.1/16 does not start at the first address of a /16 block");
    expect(() => parseCidr("10.0.0/16")).toThrow("10.0.0/16 is not an IPv4 block such as 10.0.0.0/16");
    expect(() => parseCidr("300.0.0.0/16")).toThrow("is not an IPv4 block");
  });

  it("are split into as few equal parts as hold the count", () => {
    expect(split(parseCidr("10.0.0.0/16"), 3).map(formatCidr)).toEqual(["10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18"]);
    expect(split(parseCidr("10.0.0.0/16"), 1).map(formatCidr)).toEqual(["10.0.0.0/16"]);
  });

  it("hold parts of given sizes at multiples of each size, or say that they do not", () => {
    expect(place(parseCidr("10.0.0.0/18"), [20, 19]).map(formatCidr)).toEqual(["10.0.0.0/20", "10.0.32.0/19"]);
    expect(() => place(parseCidr("10.0.0.0/20"), [21, 21, 21])).toThrow("subnets of /21, /21, /21 do not fit into 10.0.0.0/20");
  });
});

describe("the plan of a VPC", () => {
  it("by default has private and public subnets in three zones, and a NAT gateway in each", () => {
    const plan = planVpc("net", {}, zones);
    expect(plan.subnets.map(({ name, zone, cidrBlock }) => [name, zone, cidrBlock])).toEqual([
      ["net-private-1", "us-east-1a", "10.0.0.0/19"],
      ["net-public-1", "us-east-1a", "10.0.32.0/19"],
      ["net-private-2", "us-east-1b", "10.0.64.0/19"],
      ["net-public-2", "us-east-1b", "10.0.96.0/19"],
      ["net-private-3", "us-east-1c", "10.0.128.0/19"],
      ["net-public-3", "us-east-1c", "10.0.160.0/19"],
    ]);
    expect(plan.natZones).toEqual(["us-east-1a", "us-east-1b", "us-east-1c"]);
  });

  it("sends all zones through one gateway when there is a single one", () => {
    const plan = planVpc("net", { numberOfAvailabilityZones: 2, natGateways: { strategy: "Single" } }, zones);
    expect(plan.natZones).toEqual(["us-east-1a"]);
    expect(plan.natOf).toEqual({ "us-east-1a": "us-east-1a", "us-east-1b": "us-east-1a" });
  });

  it("has no gateway when nobody needs one", () => {
    expect(planVpc("net", { subnetSpecs: [{ type: "Isolated" }] }, zones).natZones).toEqual([]);
    expect(planVpc("net", { natGateways: { strategy: "None" } }, zones).natZones).toEqual([]);
  });

  it("gives subnets the names, sizes and blocks that are asked for", () => {
    const specs: Values[] = [
      { type: "Public", cidrMask: 26 },
      { type: "Private", size: 1000, name: "inner" },
    ];
    const sized = planVpc("net", { availabilityZoneNames: ["us-east-1b"], subnetSpecs: specs, cidrBlock: "10.2.0.0/20" }, zones);
    expect(sized.subnets.map(({ name, cidrBlock }) => [name, cidrBlock])).toEqual([
      ["net-public-1", "10.2.0.0/26"],
      ["net-inner-1", "10.2.4.0/22"],
    ]);
    const exact = planVpc("net", { numberOfAvailabilityZones: 1, subnetSpecs: [{ type: "Public", cidrBlocks: ["10.0.7.0/24"] }] }, zones);
    expect(exact.subnets[0]?.cidrBlock).toBe("10.0.7.0/24");
  });

  it("refuses kinds and strategies it does not know", () => {
    expect(() => planVpc("net", { subnetSpecs: [{ type: "Open" }] }, zones)).toThrow(
      "subnetSpecs type Open is not one of Public, Private, Isolated, Unused",
    );
    expect(() => planVpc("net", { natGateways: { strategy: "Two" } }, zones)).toThrow(
      "natGateways.strategy Two is not one of None, Single, OnePerAz",
    );
  });
});
