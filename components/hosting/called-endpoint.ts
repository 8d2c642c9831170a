import * as pulumi from "@pulumi/pulumi";
import type { ModelDescription } from "../model-description";
import { platformValues } from "../platform/platform-exports";
import { asyncLocations } from "./async-inference";
import type { Endpoint, EndpointArgs } from "./endpoint";
import { servingSpec } from "./serving";

type Locations = Pick<ModelDescription, "inputLocation" | "outputLocation" | "failureLocation">;

/** What a grant must know of an endpoint that belongs to no `ModelService`. It does not tell which media types its model takes. */
export function calledEndpoint(endpoint: Endpoint, args: EndpointArgs): pulumi.Output<ModelDescription> {
  const { region } = platformValues(args.platform);
  return pulumi
    .all([endpoint.endpointName, endpoint.arn, region, locationsOf(args)])
    .apply(([endpointName, endpointArn, inRegion, locations]) => ({
      endpointName,
      endpointArn,
      kind: servingSpec(args).kind,
      region: inRegion,
      contentTypes: [],
      ...locations,
    }));
}

function locationsOf({ async, platform, model }: EndpointArgs): pulumi.Output<Locations> {
  if (async === undefined) {
    return pulumi.output<Locations>({});
  }
  const { input, output, failure } = asyncLocations(async, platformValues(platform), model);
  return pulumi
    .all([input, output, failure])
    .apply(([inputLocation, outputLocation, failureLocation]) => ({ inputLocation, outputLocation, failureLocation }));
}
