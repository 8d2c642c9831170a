import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { forceNew } from "../../../local/provider/force-new.data";
import { Registry } from "../../../local/provider/registry";

const packages = join(__dirname, "..", "..", "..", "node_modules", "@pulumi");

/** The declared inputs of a type such as `aws:s3/bucket:Bucket`, read from the package's own types. */
function declared(type: string): string {
  const [pack = "", module = "", name = ""] = type.split(":");
  const file = join(packages, pack, module.startsWith("index/") ? module.slice("index/".length) : module);
  const path = existsSync(`${file}.d.ts`) ? `${file}.d.ts` : `${file}`;
  const text = readFileSync(path, "utf8");
  return text.slice(text.indexOf(`export interface ${name}Args`));
}

describe("the table of what forces a replacement", () => {
  const rows = Object.entries(forceNew).map(([type, rule]) => ({ type, ...rule, inPlace: "inPlace" in rule ? rule.inPlace : [] }));

  it.each(rows)("names properties that $type has", ({ type, replaces, inPlace }) => {
    const inputs = declared(type);
    const names = [...replaces, ...inPlace].filter((path) => path !== "*").map((path) => path.split(".")[0]);
    expect(names.filter((name) => !new RegExp(`^    ${name}\\??:`, "m").test(inputs))).toEqual([]);
  });

  it.each(rows)("tells where the rule of $type was read", ({ source }) => {
    expect(source).toMatch(/\.go$/);
  });

  it("covers every type that has local behaviour", () => {
    const missing = new Registry().types().filter((type) => !(type in forceNew));
    expect(missing).toEqual([]);
  });
});
