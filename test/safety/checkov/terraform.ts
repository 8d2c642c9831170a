import data from "./terraform.data.json";

/** What Terraform's AWS provider knows of a type: paths of its arguments, of which one that ends with `.*` is a map, and what it computes. */
export interface TerraformType {
  readonly arguments: ReadonlySet<string>;
  readonly computed: ReadonlySet<string>;
}

const types: ReadonlyMap<string, TerraformType> = new Map(
  Object.entries(data.types).map(([type, { arguments: given, computed }]) => [
    type,
    { arguments: new Set(given.split(" ")), computed: new Set(computed.split(" ")) },
  ]),
);

/** Where the Terraform provider's name of a type is not made from Pulumi's by rule. */
const typeNames: Readonly<Record<string, string>> = {
  "aws:apigateway/restApi:RestApi": "aws_api_gateway_rest_api",
  "aws:s3/bucketObjectv2:BucketObjectv2": "aws_s3_object",
};

/** Words of Pulumi's modules that Terraform writes apart, or leaves out. */
const modules: Readonly<Record<string, string>> = { apigateway: "api_gateway_", ec2: "" };

/** Terraform's type of a resource; undefined for what no provider makes at AWS: components, and images, which Docker builds. */
export function terraformType(type: string): string | undefined {
  if (/^(slipway|pulumi|awsx|docker):/.test(type)) return undefined;
  const [, module = "", name = ""] = /^aws:(\w+)\/\w+:(\w+)$/.exec(type) ?? [];
  const terraform = typeNames[type] ?? `aws_${modules[module] ?? `${module}_`}${snake(name)}`;
  if (!types.has(terraform))
    throw new Error(`${type} is none of Terraform's types in terraform.data.json; name it in typeNames or add it there`);
  return terraform;
}

/** Arguments that Pulumi names otherwise, by type and Pulumi's path. */
const renamed: Readonly<Record<string, string>> = {
  "aws_api_gateway_deployment restApi": "rest_api_id",
  "aws_api_gateway_method_settings restApi": "rest_api_id",
  "aws_api_gateway_stage deployment": "deployment_id",
  "aws_api_gateway_stage restApi": "rest_api_id",
  "aws_cloudwatch_metric_alarm name": "alarm_name",
  "aws_lambda_function name": "function_name",
  "aws_route53_record aliases": "alias",
  "aws_lambda_permission function": "function_name",
};

/** Terraform's path of an argument, from the path of its block and Pulumi's name. Pulumi has the plural where there may be several blocks, Terraform the singular. */
export function argumentPath(type: string, block: string, name: string): string {
  const { arguments: known } = typeOf(type);
  const own = renamed[`${type} ${block}${name}`];
  const candidates = own === undefined ? [snake(name), snake(name).replace(/ies$/, "y"), snake(name).replace(/s$/, "")] : [own];
  const found = candidates.map((each) => `${block}${each}`).find((path) => known.has(path) || isMap(type, path) || isBlock(type, path));
  if (found === undefined) throw new Error(`${type} has no argument ${block}${snake(name)}; name it in renamed`);
  return found;
}

export function hasArgument(type: string, path: string): boolean {
  return typeOf(type).arguments.has(path);
}

export function isMap(type: string, path: string): boolean {
  return typeOf(type).arguments.has(`${path}.*`);
}

export function isBlock(type: string, path: string): boolean {
  return [...typeOf(type).arguments].some((each) => each.startsWith(`${path}.`)) && !isMap(type, path);
}

/** Terraform's name of an output, by which others can refer to the resource; undefined when it has none. */
export function attributeName(type: string, output: string): string | undefined {
  const { arguments: given, computed } = typeOf(type);
  const attribute = renamed[`${type} ${output}`] ?? snake(output);
  return computed.has(attribute) || given.has(attribute) ? attribute : undefined;
}

function typeOf(type: string): TerraformType {
  const found = types.get(type);
  if (found === undefined) throw new Error(`terraform.data.json has no type ${type}`);
  return found;
}

function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}
