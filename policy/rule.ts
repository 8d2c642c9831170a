import type {
  EnforcementLevel,
  PolicyConfigSchema,
  PolicyResource,
  ReportViolation,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";
import { type Waiver, waiverSchema, waiving } from "./waivers";

/** What every rule says of itself. */
export interface RuleFacts {
  /** Unique within the pack, kebab-case; what `pulumi preview` shows and what a policy configuration names. */
  readonly name: string;
  /** One sentence that says what must hold, and why. */
  readonly description: string;
  readonly severity: Severity;
  /** Ids of the same demand in public catalogues, such as `Security Hub ECR.2` or `checkov CKV_AWS_51`; none when no catalogue has it. */
  readonly controls: readonly string[];
  /** Only tell, do not refuse: for what depends on the work. A policy configuration can make it `mandatory`. Default: false. */
  readonly advisory?: boolean;
}

/** A rule about single resources of given types, as Pulumi runs it. */
export interface RuleDefinition extends RuleFacts {
  /** Type tokens, such as `aws:ecr/repository:Repository`. */
  readonly types: readonly string[];
  /** Names each fault, with the property and the cure. */
  faults(properties: Record<string, unknown>, type: string): string[];
}

/** A rule about resources together with others of their stack. */
export interface StackRuleDefinition extends RuleFacts {
  readonly types: readonly string[];
  /** Names each fault of one resource. */
  faults(resource: PolicyResource, all: readonly PolicyResource[]): string[];
}

/** Makes a policy of a definition. */
export function rule(definition: RuleDefinition): ResourceValidationPolicy & RuleFacts {
  return {
    ...shown(definition),
    validateResource: (args, report) => {
      if (!definition.types.includes(args.type)) return;
      tell(definition, args, args, definition.faults(args.props, args.type), report);
    },
  };
}

/** Makes a policy of a definition that looks at other resources too; it runs when the whole stack is known. */
export function stackRule(definition: StackRuleDefinition): StackValidationPolicy & RuleFacts {
  return {
    ...shown(definition),
    validateStack: (args, report) => {
      for (const resource of args.resources.filter(({ type }) => definition.types.includes(type))) {
        tell(definition, args, resource, definition.faults(resource, args.resources), report);
      }
    },
  };
}

function shown(
  definition: RuleFacts,
): RuleFacts & { readonly enforcementLevel: EnforcementLevel; readonly configSchema: PolicyConfigSchema } {
  const { name, description, severity, controls, advisory } = definition;
  const enforcementLevel = advisory === true ? "advisory" : "mandatory";
  return { name, description, severity, controls, enforcementLevel, configSchema: waiverSchema };
}

function tell(
  { controls }: RuleFacts,
  config: { getConfig<T extends object>(): T },
  resource: { readonly name: string; readonly urn: string },
  faults: readonly string[],
  report: ReportViolation,
): void {
  if (faults.length === 0) return;
  const { waived, notes } = waiving(config.getConfig<{ waivers?: readonly Waiver[] }>().waivers ?? [], resource);
  if (waived) return;
  const ids = controls.length === 0 ? [] : [`[${controls.join(", ")}]`];
  for (const fault of faults) report([fault, ...ids, ...notes].join(" "), resource.urn);
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
