import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../../tools/package-root";
import { everythingPlanned, type Planned } from "./plan";
import { hasArgument, terraformType } from "./terraform";
import { type Terraform, translate } from "./translate";

const reference = (to: string) => ["$", `{${to}}`].join("");

describe("the plan that checkov judges", () => {
  let planned: readonly Planned[];
  let plan: Terraform;
  beforeAll(async () => {
    planned = await everythingPlanned();
    plan = translate(planned);
  });

  it("has every type of resource that the components make", () => {
    const sources = readdirSync(join(packageRoot(), "components"), { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".ts"),
    );
    const made = sources.flatMap((file) => [
      ...readFileSync(join(packageRoot(), "components", file), "utf8").matchAll(/\bnew aws\.(\w+)\.(\w+)\(/g),
    ]);
    const missing = made.filter(
      ([, module, name]) => !planned.some(({ type }) => type.startsWith(`aws:${module}/`) && type.endsWith(`:${name}`)),
    );
    expect([...new Set(missing.map(([text]) => text))]).toEqual([]);
    expect(made.length).toBeGreaterThan(50);
  });

  it("has what the VPC consists of, too", () => {
    expect(Object.keys(plan.resource.aws_subnet ?? {})).toEqual(["shop-network-isolated-1", "shop-network-isolated-2"]);
    expect(plan.resource.aws_subnet?.["shop-network-isolated-1"]).toMatchObject({
      vpc_id: reference("aws_vpc.shop-network.id"),
      cidr_block: "10.0.0.0/17",
      map_public_ip_on_launch: false,
    });
  });

  it("leaves out nothing but components and images, which AWS does not have", () => {
    const translated = Object.entries(plan.resource).flatMap(([type, byName]) => Object.keys(byName).map((name) => `${type}.${name}`));
    const left = planned.filter(({ type, name }) => !translated.includes(`${terraformType(type)}.${name}`));
    expect([...new Set(left.map(({ type }) => type.replace(/:.*/, "")))].sort()).toEqual(["awsx", "slipway"]);
    expect(translated.length + left.length).toBe(planned.length);
  });

  it("has a reference wherever a resource has another's id, in lists and blocks, too", () => {
    const ids = new Set(planned.filter(({ type }) => terraformType(type) !== undefined).map(({ outputs }) => outputs.id));
    const literal: string[] = [];
    JSON.stringify(plan, (key, value: unknown) => {
      if (typeof value === "string" && ids.has(value)) literal.push(`${key}: ${value}`);
      return value;
    });
    expect(literal).toEqual([]);
    expect(plan.resource.aws_vpc_endpoint?.["shop-network-sts"]).toMatchObject({
      subnet_ids: [reference("aws_subnet.shop-network-isolated-1.id"), reference("aws_subnet.shop-network-isolated-2.id")],
      security_group_ids: [reference("aws_security_group.shop-network-endpoints.id")],
    });
    expect(plan.resource.aws_sagemaker_model?.["night-endpoint-model"]).toMatchObject({
      execution_role_arn: reference("aws_iam_role.night-serving-role.arn"),
      vpc_config: { security_group_ids: [reference("aws_security_group.shop-network-workloads.id")] },
    });
    expect(plan.resource.aws_lambda_permission?.["iris-api-permission"]).toMatchObject({
      function_name: reference("aws_lambda_function.iris-api-function.function_name"),
    });
  });

  const one = (type: string, inputs: object) => {
    const [bucket] = planned.filter((each) => each.type === "aws:s3/bucket:Bucket");
    if (bucket === undefined) throw new Error("no bucket is planned");
    return { ...bucket, type, name: "it", inputs: { ...inputs }, dependencies: [] };
  };

  it("cannot have what Terraform does not know: a type, an argument, an argument of a block, a block", () => {
    expect(() => translate([one("aws:s3/shelf:Shelf", {})])).toThrow(
      "aws:s3/shelf:Shelf is none of Terraform's types in terraform.data.json",
    );
    expect(() => translate([one("gcp:storage/bucket:Bucket", {})])).toThrow("gcp:storage/bucket:Bucket is none of Terraform's types");
    expect(() => translate([one("aws:s3/bucket:Bucket", { colour: "red" })])).toThrow("aws_s3_bucket has no argument colour");
    expect(() => translate([one("aws:s3/bucket:Bucket", { versionings: [{ colour: "red" }] })])).toThrow(
      "aws_s3_bucket has no argument versioning.colour",
    );
    expect(() => translate([one("aws:s3/bucket:Bucket", { acl: { colour: "red" } })])).toThrow("aws_s3_bucket takes no block at acl");
    const bucket = one("aws:s3/bucket:Bucket", {});
    expect(() => translate([bucket, bucket])).toThrow("aws_s3_bucket.it is planned twice");
  });

  it("keeps the keys of maps, which are the user's own", () => {
    const { resource } = translate([
      one("aws:lambda/function:Function", { environment: { variables: { camelCase: "a" } }, tags: { ourTag: "b" } }),
    ]);
    expect(resource.aws_lambda_function?.it).toEqual({ environment: { variables: { camelCase: "a" } }, tags: { ourTag: "b" } });
  });

  it("could have no route to an instance, for which CKV2_AWS_35 looks", () => {
    expect(hasArgument("aws_route_table", "route.instance_id")).toBe(false);
    expect(hasArgument("aws_route_table", "route.nat_gateway_id")).toBe(true);
  });
});
