import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ModelService } from "./model-service";
import type { PlatformValues } from "./platform/platform-exports";

/**
 * `/slipway/<platform>/<model>` in the parameter store holds the model's description, so that clients find it with no access to the stack: by
 * `ssm:GetParameter` alone. It holds no secret, is well below the 4 KB of a Standard parameter, and changes once the model can be called as it says.
 */
export function createModelParameter(
  model: string,
  service: ModelService,
  platform: PlatformValues,
  tags: pulumi.Output<Record<string, string>>,
): aws.ssm.Parameter {
  return new aws.ssm.Parameter(
    `${model}-parameter`,
    {
      name: pulumi.interpolate`/slipway/${platform.name}/${model}`,
      type: "String",
      insecureValue: pulumi.jsonStringify(service.outputs),
      description: `How to call the model ${model}: JSON, as Slipway's clients read it`,
      tags,
    },
    { parent: service },
  );
}
