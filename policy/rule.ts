import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";

/** A rule about single resources of given types, as Pulumi runs it. */
export interface RuleDefinition {
  /** Unique within the pack, kebab-case; what `pulumi preview` shows and what a policy configuration names. */
  readonly name: string;
  /** One sentence that says what must hold, and why. */
  readonly description: string;
  /** Type tokens, such as `aws:ecr/repository:Repository`. */
  readonly types: readonly string[];
  /** Names each fault, with the property and the cure. */
  faults(properties: Record<string, unknown>): string[];
}

/** Makes a mandatory policy of a definition. */
export function rule(definition: RuleDefinition): ResourceValidationPolicy {
  return {
    name: definition.name,
    description: definition.description,
    enforcementLevel: "mandatory",
    validateResource: (args: ResourceValidationArgs, report) => {
      if (!definition.types.includes(args.type)) return;
      for (const fault of definition.faults(args.props)) report(fault);
    },
  };
}

/** The value as an object whose members can be looked at; an empty one when it is something else. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** A list as it is, a single value as a list of one, nothing as an empty list: the three ways IAM and Terraform write "one or more". */
export function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
