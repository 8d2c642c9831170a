import type { Child, Monitor } from "../../../local/provider/construct/monitor";
import { constructVpc } from "../../../local/provider/construct/vpc";
import { Reference, type Values } from "../../../local/provider/values";
import type { Planned } from "./plan";

/** What a planned `awsx:ec2:Vpc` consists of, child by child as awsx makes it, with the ids that the VPC's own outputs name. */
export async function vpcChildren({ type, name, inputs, outputs }: Planned): Promise<Planned[]> {
  const children: Planned[] = [];
  const monitor: Pick<Monitor, "child"> = {
    child(child) {
      const urn = `${child.type} ${child.name}`;
      const id = idOf(child, children, outputs);
      const given = Object.fromEntries(Object.entries(child.inputs).filter(([, value]) => value !== undefined));
      children.push({
        type: child.type,
        name: child.name,
        inputs: given,
        outputs: { ...given, id },
        parent: `${type} ${name}`,
        dependencies: child.after.map((each) => each.urn),
        options: noOptions,
      });
      return Promise.resolve({ urn, id, outputs: {}, reference: new Reference(urn, id) });
    },
  };
  const component = { urn: `${type} ${name}`, id: name, outputs: {}, reference: new Reference(`${type} ${name}`, undefined) };
  await constructVpc(monitor, component, name, inputs as Values, { region: "eu-central-1" });
  return children;
}

const noOptions = {
  retainOnDelete: false,
  protect: false,
  deleteBeforeReplace: false,
  deleteBeforeReplaceDefined: false,
  replacementTrigger: undefined,
  customTimeouts: {},
};

function idOf({ type, name }: Child, before: readonly Planned[], outputs: Planned["outputs"]): string {
  const { length } = before.filter((each) => each.type === type);
  const among = (ids: unknown) => (Array.isArray(ids) ? (ids[length] as string | { readonly id: string } | undefined) : undefined);
  if (type === "aws:ec2/vpc:Vpc") return String(outputs.vpcId);
  const found = type === "aws:ec2/subnet:Subnet" ? among(outputs.isolatedSubnetIds) : among(outputs.routeTables);
  if (type === "aws:ec2/subnet:Subnet" && typeof found === "string") return found;
  if (type === "aws:ec2/routeTable:RouteTable" && typeof found === "object") return found.id;
  return `${type}-${name}`;
}
