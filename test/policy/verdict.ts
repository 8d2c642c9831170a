import type { PolicyResource } from "@pulumi/policy";
import type { Rule } from "../../policy/index";

const zeroTimeouts = { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 };
const noOptions = { protect: false, ignoreChanges: [], aliases: [], customTimeouts: zeroTimeouts, additionalSecretOutputs: [] };

/** A resource of a stack, with the resources that its properties were made from. */
export function resource(
  type: string,
  props: Record<string, unknown>,
  { name = "it", from = {} }: { readonly name?: string; readonly from?: Record<string, PolicyResource[]> } = {},
): PolicyResource {
  return {
    type,
    name,
    props,
    urn: `urn:pulumi:test::test::${type}::${name}`,
    opts: noOptions,
    dependencies: Object.values(from).flat(),
    propertyDependencies: from,
    isType: () => false,
    asType: () => undefined,
  };
}

/** What a rule reports about the resources of a stack: each one's name and the message. */
export async function faultsOf(rule: Rule, resources: readonly PolicyResource[], config: object = {}): Promise<string[]> {
  const faults: string[] = [];
  const report = (message: string, urn = "") => void faults.push(`${urn.split("::").at(-1)}: ${message}`);
  const context = {
    getConfig: <T extends object>() => config as T,
    notApplicable: (reason?: string): never => {
      throw new Error(reason);
    },
    stackTags: new Map<string, string>(),
  };
  if ("validateStack" in rule) {
    await rule.validateStack({ ...context, resources: [...resources] }, report);
    return faults;
  }
  const validate = rule.validateResource;
  if (typeof validate !== "function") throw new Error(`${rule.name} has no single validation function`);
  for (const each of resources) await validate({ ...each, ...context, asType: () => undefined }, report);
  return faults;
}
