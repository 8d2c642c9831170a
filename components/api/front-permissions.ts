import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import type { ModelWay } from "./model-way";
import { operationsOf } from "./operations";

/** API Gateway may call the function of one model for that model's operations of this API, and for nothing else. */
export function createPermissions(
  parent: pulumi.ComponentResource,
  way: ModelWay,
  lambda: aws.lambda.Function,
  executionArn: pulumi.Output<string>,
  preflights: boolean,
): aws.lambda.Permission[] {
  const permission = (name: string, operation: string) =>
    new aws.lambda.Permission(
      name,
      {
        action: "lambda:InvokeFunction",
        function: lambda.name,
        principal: "apigateway.amazonaws.com",
        sourceArn: pulumi.interpolate`${executionArn}/*/${operation}`,
      },
      childOf(parent),
    );
  return [
    ...operationsOf(way.path, way.serving).map(({ method, path, suffix }) =>
      permission(`${way.name}${suffix}-permission`, `${method}${path.replace("{id}", "*")}`),
    ),
    ...(preflights ? [permission(`${way.name}-preflight-permission`, `OPTIONS${way.path}*`)] : []),
  ];
}
