import type { Fault } from "./faults";
import type { Planned } from "./plan";
import { terraformType } from "./terraform";
import { type Terraform, translate } from "./translate";

type Resources = Record<string, Record<string, unknown>>;

/**
 * The plan; and beside it, for each fault, what the check looks at with its nearest (all that it refers to, and that refers to it) twice: as planned, under
 * names that begin with `<number>-right-`, and with the fault, `<number>-wrong-`. So checkov is asked once for all.
 */
export function withFaults(planned: readonly Planned[], faults: readonly Fault[]): Terraform {
  const plan = translate(planned);
  const resource: Resources = structuredClone(plan.resource) as Resources;
  faults.forEach((fault, index) => {
    const changed = translate(planned.flatMap((each) => change(each, fault))).resource as Resources;
    for (const [key, inputs] of Object.entries(fault.beside ?? {})) {
      const [type = "", name = ""] = key.split(".");
      changed[type] = { ...changed[type], [name]: inputs };
    }
    copy(resource, nearest(plan.resource, fault.fails, false), `${index}-right-`);
    copy(resource, nearest(changed, fault.fails, fault.alone === true), `${index}-wrong-`);
  });
  return { resource };
}

function change(each: Planned, { fails, changes = fails, change: make }: Fault): Planned[] {
  if (`${terraformType(each.type)}.${each.name}` !== changes) return [each];
  const inputs = make(each.inputs);
  return inputs === undefined ? [] : [{ ...each, inputs, outputs: { ...each.outputs, ...inputs } }];
}

/** A resource with what it refers to and what refers to it, by `type.name`. */
function nearest(resource: Terraform["resource"], centre: string, alone: boolean): Record<string, unknown> {
  const all = new Map<string, unknown>(
    Object.entries(resource).flatMap(([type, byName]) => Object.entries(byName).map(([name, its]) => [`${type}.${name}`, its] as const)),
  );
  const refers = (from: unknown, to: string) => JSON.stringify(from).includes(`\${${to}.`);
  const its = all.get(centre);
  if (its === undefined) throw new Error(`${centre} is not planned`);
  return Object.fromEntries([...all].filter(([key, other]) => key === centre || refers(its, key) || (!alone && refers(other, centre))));
}

function copy(into: Resources, resources: Record<string, unknown>, prefix: string): void {
  const renamed = Object.keys(resources).reduce(
    (text, key) => text.replaceAll(`\${${key}.`, `\${${key.replace(".", `.${prefix}`)}.`),
    JSON.stringify(resources),
  );
  for (const [key, its] of Object.entries(JSON.parse(renamed) as Record<string, unknown>)) {
    const [type = "", name = ""] = key.split(".");
    into[type] = { ...into[type], [`${prefix}${name}`]: its };
  }
}
