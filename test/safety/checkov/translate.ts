import type { Registered } from "../../support/mocks";

/** Terraform's JSON: resources by type and name. */
export type Terraform = { readonly resource: Readonly<Record<string, Readonly<Record<string, unknown>>>> };

/** Where the Terraform provider's name of a type is not made from Pulumi's by rule. */
const typeNames: Readonly<Record<string, string>> = {
  "aws:apigateway/restApi:RestApi": "aws_api_gateway_rest_api",
  "aws:cloudwatch/logGroup:LogGroup": "aws_cloudwatch_log_group",
  "aws:cloudwatch/metricAlarm:MetricAlarm": "aws_cloudwatch_metric_alarm",
  "aws:ec2/securityGroup:SecurityGroup": "aws_security_group",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "aws_vpc_endpoint",
  "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object",
};

/** Words of Pulumi's modules that Terraform writes apart. */
const modules: Readonly<Record<string, string>> = { apigateway: "api_gateway" };

/** Blocks that Pulumi names in the plural because there may be several, and Terraform in the singular. By type where only that one does. */
const singular: Readonly<Record<string, string>> = {
  encryptionConfigurations: "encryption_configuration",
  inputDataConfigs: "input_data_config",
  routingConfigs: "routing_config",
  routeSettings: "route_settings",
  "aws_s3_bucket_server_side_encryption_configuration rules": "rule",
  "aws_s3_bucket_lifecycle_configuration rules": "rule",
  "aws_api_gateway_usage_plan apiStages": "api_stages",
};

/** Types of the AWS provider in the plan; whatever else there is (components, images) has no part in Terraform. */
export function terraformType(type: string): string | undefined {
  const match = /^aws:(\w+)\/\w+:(\w+)$/.exec(type);
  if (match === null) return undefined;
  const [, module = "", name = ""] = match;
  return typeNames[type] ?? `aws_${modules[module] ?? module}_${snake(name)}`;
}

/**
 * The plan as the Terraform provider would have it, which Pulumi's is made from: the same arguments under their names there, and references where one
 * resource has the id, name or ARN of another. Policies keep their text, as what they allow is judged by ARNs.
 */
export function translate(planned: readonly Registered[]): Terraform {
  const known = planned.flatMap(({ type, name, inputs }) => {
    const its = terraformType(type);
    return its === undefined ? [] : [{ type: its, name, inputs }];
  });
  const references = new Map<string, string>();
  for (const { type, name } of known) {
    references.set(`${name}-id`, `\${${type}.${name}.id}`);
    if (!references.has(`${name}-1a2b3c4`))
      references.set(`${name}-1a2b3c4`, `\${${type}.${name}.${type === "aws_s3_bucket" ? "bucket" : "name"}}`);
  }
  const resource: Record<string, Record<string, unknown>> = {};
  for (const { type, name, inputs } of known) {
    resource[type] = { ...resource[type], [name]: blockOf(type, inputs, references) };
  }
  return { resource };
}

function blockOf(type: string, inputs: object, references: ReadonlyMap<string, string>): Record<string, unknown> {
  const entries = Object.entries(inputs).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const name = singular[`${type} ${key}`] ?? singular[key] ?? snake(key);
      // Maps whose keys are the user's own.
      return [name, ["tags", "environment.variables", "hyperParameters"].includes(key) ? value : translated(type, value, references)];
    }),
  );
}

function translated(type: string, value: unknown, references: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((each) => translated(type, each, references));
  if (typeof value === "object" && value !== null) return blockOf(type, value, references);
  return typeof value === "string" ? (references.get(value) ?? value) : value;
}

function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}
