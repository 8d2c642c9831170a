import type * as pulumi from "@pulumi/pulumi";
import { EndpointScaling, type EndpointScalingArgs } from "./endpoint-scaling";
import { variantName } from "./endpoint-spec";
import type { ServingArgs, ServingSpec } from "./serving";

/** The scaling of each variant that is scaled, by the variant's name. */
export function createScaling(
  parent: pulumi.Resource,
  name: string,
  { realtime, serverless, async }: ServingArgs,
  spec: ServingSpec,
  endpointName: pulumi.Output<string>,
  tags: EndpointScalingArgs["tags"],
): Readonly<Record<string, EndpointScaling>> {
  const scaled = (childName: string, how: Omit<EndpointScalingArgs, "endpointName">) =>
    new EndpointScaling(childName, { endpointName, ...how }, { parent });
  const main = (how: Omit<EndpointScalingArgs, "endpointName">) => ({ [variantName]: scaled(`${name}-scaling`, how) });
  if (spec.kind === "serverless") {
    const { provisionedConcurrency: min = 1, provisionedScaling } = serverless ?? {};
    return provisionedScaling === undefined ? {} : main({ provisionedConcurrency: { min, ...provisionedScaling } });
  }
  const { instanceType } = spec;
  if (spec.kind === "async") {
    return spec.isScaled ? main({ instanceType, asyncInstances: async?.instances ?? {}, tags }) : {};
  }
  return {
    ...(spec.isScaled ? main({ instanceType, instances: realtime?.instances ?? {} }) : {}),
    ...Object.fromEntries(
      spec.variants
        .filter((variant) => variant.isScaled)
        .map((variant) => [
          variant.name,
          scaled(`${name}-${variant.name}-scaling`, {
            variantName: variant.name,
            instanceType: variant.instanceType,
            instances: variant.instances,
          }),
        ]),
    ),
  };
}
