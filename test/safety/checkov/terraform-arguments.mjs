/**
 * Writes terraform.data.json: the arguments and computed attributes of Terraform's AWS provider, for the types that translate.ts knows. They are read from the
 * TypeScript declarations that CDK Terrain generates of its schema, the npm package @cdktn/provider-aws:
 *
 *   npm pack @cdktn/provider-aws@25.7.0 && tar xzf cdktn-provider-aws-*.tgz
 *   node test/safety/checkov/terraform-arguments.mjs package aws_s3_bucket aws_sns_topic …
 *
 * Types given are added to those in the file. Arguments are paths; one that ends with ".*" is a map, whose keys are the user's own.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const target = join(import.meta.dirname, "terraform.data.json");
const [folder = "", ...added] = process.argv.slice(2);
const known = JSON.parse(readFileSync(target, "utf8"));
const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const types = [...new Set([...Object.keys(known.types), ...added])].sort();
const made = Object.fromEntries(types.map((type) => [type, declared(type)]));
writeFileSync(target, `${JSON.stringify({ source: `@cdktn/provider-aws ${version}`, types: made }, undefined, 2)}\n`);

/** The package's folder of a type: `aws_s3_bucket` is in `s3-bucket`. */
function declared(type) {
  const text = readFileSync(join(folder, "lib", type.replace(/^aws_/, "").replaceAll("_", "-"), "index.d.ts"), "utf8");
  const interfaces = new Map([...text.matchAll(/^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)].map(([, name, body]) => [name, body]));
  const [, config = ""] = /^export interface (\w+) extends cdktn\.TerraformMetaArguments/m.exec(text) ?? [];
  const [, resource = ""] = /^export declare class \w+ extends cdktn\.TerraformResource \{\n([\s\S]*?)^\}/m.exec(text) ?? [];
  const computed = [...resource.matchAll(/^ {4}get (\w+)\(\)/gm)].map(([, name]) => snake(name));
  const given = members(config, interfaces, "").sort();
  return {
    arguments: given.join(" "),
    computed: computed
      .filter((name) => !given.includes(name) && !name.endsWith("_input"))
      .sort()
      .join(" "),
  };
}

function members(name, interfaces, path) {
  const body = interfaces.get(name);
  if (body === undefined) throw new Error(`no interface ${name}`);
  const found = [...body.matchAll(/#(\w+) \w+#\w+\}[\s\S]*?readonly (\w+)\??: ([^;]+(?:;[^;]*\})?);\n/g)];
  return found.flatMap(([, argument, , type]) => {
    if (/\[key: string\]/.test(type)) return [`${path}${argument}.*`];
    const block = [...type.matchAll(/\b([A-Z]\w+)\b/g)].map(([, word]) => word).find((word) => interfaces.has(word));
    return block === undefined ? [`${path}${argument}`] : members(block, interfaces, `${path}${argument}.`);
  });
}

function snake(name) {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}
