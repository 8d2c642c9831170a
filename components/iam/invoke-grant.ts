import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, type Checks, checkArguments, required, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import type { ModelDescription } from "../model-description";
import { type PlatformExports, platformCheck, platformValues } from "../platform/platform-exports";
import { invokerPermissions } from "./invoker-policies";
import { scopeOf } from "./persona-role";

export interface InvokeGrantArgs {
  platform: pulumi.Input<PlatformExports>;
  /** The `outputs` of the model. */
  model: pulumi.Input<ModelDescription>;
  /** Name of the role that may call it. */
  roleName: pulumi.Input<string>;
}

const invokeGrantChecks: Checks<InvokeGrantArgs> = {
  platform: platformCheck,
  model: required(anything),
  roleName: required(text({ max: 64 })),
};

export interface InvokeGrantNodes {
  readonly policy: aws.iam.RolePolicy;
}

/** Lets a role call one model: its endpoint and no other, and for an asynchronous one the objects of its requests and answers. */
export class InvokeGrant extends pulumi.ComponentResource {
  constructor(name: string, args: InvokeGrantArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(invokeGrantChecks, args, "", problems);
    problems.throwIfAny("InvokeGrant", name);
    super(componentType("InvokeGrant"), name, {}, opts);
    const platform = platformValues(args.platform);
    const policy = new aws.iam.RolePolicy(
      name,
      {
        role: args.roleName,
        policy: pulumi
          .all([scopeOf(platform), args.model, platform.kmsKeyArn])
          .apply(([scope, { endpointName, inputLocation, outputLocation, failureLocation }, kmsKeyArn]) => {
            const isQueue = inputLocation !== undefined && outputLocation !== undefined && failureLocation !== undefined;
            const places = isQueue ? { input: inputLocation, output: outputLocation, failure: failureLocation } : undefined;
            return invokerPermissions({ scope, endpointName, places, kmsKeyArn });
          }),
      },
      childOf(this),
    );
    keepNodes(this, { policy });
    this.registerOutputs({});
  }

  get nodes(): InvokeGrantNodes {
    return nodesOf(this);
  }
}

/** A role by its name, or a resource or component that has one. */
export type Invoker = pulumi.Input<string> | { readonly name: pulumi.Output<string> } | { readonly roleName: pulumi.Output<string> };

/** Name of a role, however it is given. */
export function roleNameOf(role: Invoker): pulumi.Output<string> {
  if (typeof role === "object" && !pulumi.Output.isInstance(role) && !(role instanceof Promise)) {
    return "roleName" in role ? role.roleName : role.name;
  }
  return pulumi.output(role);
}
