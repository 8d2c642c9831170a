import type { PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";

/** What a rule reports about one resource. */
export async function faultsOf(policy: ResourceValidationPolicy, type: string, props: Record<string, unknown>): Promise<string[]> {
  const faults: string[] = [];
  const validate = policy.validateResource;
  if (typeof validate !== "function") throw new Error(`${policy.name} has no single validation function`);
  const resource = { type, props, urn: `urn:pulumi:test::test::${type}::it`, name: "it" };
  const context = {
    isType: () => false,
    asType: () => undefined,
    getConfig: <T extends object>() => ({}) as T,
    notApplicable: (reason?: string): never => {
      throw new Error(reason);
    },
    stackTags: new Map<string, string>(),
    opts: { protect: false, ignoreChanges: [], aliases: [], customTimeouts: zeroTimeouts, additionalSecretOutputs: [] },
  };
  await validate({ ...context, ...resource }, (message) => faults.push(message));
  return faults;
}

const zeroTimeouts = { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 };

/** A resource of a stack, with the resources that its properties were made from. */
export function resource(o: {
  type: string;
  name: string;
  props: Record<string, unknown>;
  from?: Record<string, PolicyResource[]>;
}): PolicyResource {
  return {
    type: o.type,
    name: o.name,
    props: o.props,
    urn: `urn:pulumi:test::test::${o.type}::${o.name}`,
    opts: { protect: false, ignoreChanges: [], aliases: [], customTimeouts: zeroTimeouts, additionalSecretOutputs: [] },
    dependencies: Object.values(o.from ?? {}).flat(),
    propertyDependencies: o.from ?? {},
    isType: () => false,
    asType: () => undefined,
  };
}

/** What a rule reports about a whole stack: the resource's name and the message. */
export async function stackFaultsOf(policy: StackValidationPolicy, resources: PolicyResource[]): Promise<string[]> {
  const faults: string[] = [];
  const args = {
    resources,
    stackTags: new Map<string, string>(),
    getConfig: <T extends object>() => ({}) as T,
    notApplicable: (reason?: string): never => {
      throw new Error(reason);
    },
  };
  await policy.validateStack(args, (message, urn) => faults.push(`${urn?.split("::").at(-1)}: ${message}`));
  return faults;
}
