import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema";
import { packageFolder } from "../component";
import { publicComponents } from "./public-components";

/** The Pulumi package schema of the public components, read from their TypeScript sources. Takes about ten seconds: it is shipped as `schema.json`. */
export function componentSchema(): string {
  const { version, description } = JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as {
    readonly version: string;
    readonly description: string;
  };
  const sources = dirname(__dirname);
  const analyzer = new Analyzer(sources, "slipway", { main: "index.ts" }, new Set(Object.keys(publicComponents)));
  const { components, typeDefinitions, dependencies } = analyzer.analyze();
  return `${JSON.stringify(generateSchema("slipway", version, description, components, typeDefinitions, dependencies), null, 2)}\n`;
}
