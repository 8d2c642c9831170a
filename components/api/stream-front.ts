import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import type { ApiSettings } from "./api-args";
import type { FrontContext } from "./caller";
import { exposedHeaders } from "./handler/cors-settings";
import type { ModelWay } from "./model-way";
import { corsOf } from "./operations";

export interface FunctionUrlNodes {
  readonly functionUrl: aws.lambda.FunctionUrl;
  /** Two for everyone; none for AWS_IAM, where the caller's own policy decides. */
  readonly permissions: readonly aws.lambda.Permission[];
}

/** A URL of the function itself, whose answer reaches the caller as it is written. */
export function createFunctionUrl(
  { parent }: FrontContext,
  way: ModelWay,
  settings: ApiSettings,
  lambda: aws.lambda.Function,
): { readonly nodes: FunctionUrlNodes; readonly baseUrl: pulumi.Output<string>; readonly ready: pulumi.Output<unknown> } {
  const cors = corsOf({ ...settings, authorization: way.authorization }, ["POST"]);
  const functionUrl = new aws.lambda.FunctionUrl(
    `${way.name}-url`,
    {
      functionName: lambda.name,
      authorizationType: way.authorization,
      invokeMode: "RESPONSE_STREAM",
      cors: cors && {
        allowOrigins: [...cors.origins],
        allowHeaders: [...cors.headers],
        allowMethods: [...cors.methods],
        exposeHeaders: exposedHeaders,
        allowCredentials: cors.credentials,
        maxAge: cors.maxAgeSeconds,
      },
    },
    childOf(parent),
  );
  const permissions = way.authorization === "NONE" ? openToAll(parent, way, lambda) : [];
  return {
    nodes: { functionUrl, permissions },
    baseUrl: functionUrl.functionUrl.apply((url) => url.replace(/\/$/, "")),
    ready: pulumi.all(permissions.map(({ id }) => id)),
  };
}

/** AWS asks for both: to use the URL, and to invoke the function by way of it. */
function openToAll(parent: pulumi.ComponentResource, way: ModelWay, lambda: aws.lambda.Function): aws.lambda.Permission[] {
  return [
    new aws.lambda.Permission(
      `${way.name}-url-permission`,
      { action: "lambda:InvokeFunctionUrl", function: lambda.name, principal: "*", functionUrlAuthType: "NONE" },
      childOf(parent),
    ),
    new aws.lambda.Permission(
      `${way.name}-permission`,
      { action: "lambda:InvokeFunction", function: lambda.name, principal: "*", invokedViaFunctionUrl: true },
      childOf(parent),
    ),
  ];
}
