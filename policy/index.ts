import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { RuleFacts } from "./rule";
import * as all from "./rules";

export { type RuleDefinition, type RuleFacts, rule, type StackRuleDefinition, stackRule } from "./rule";
export * from "./rules";
export type { Waiver } from "./waivers";

/** A rule as Pulumi runs it, with its severity and its ids in public catalogues. */
export type Rule = (ResourceValidationPolicy | StackValidationPolicy) & RuleFacts;

/** Every rule, by name; spread them into a pack of your own, or run this folder as it is: `pulumi preview --policy-pack policy`. */
export const rules: Rule[] = Object.values<Rule>(all).sort((one, other) => one.name.localeCompare(other.name, "en"));
