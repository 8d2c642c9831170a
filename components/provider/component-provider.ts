import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { packageFolder } from "../component";
import { publicComponents } from "./public-components";

/** The part of the package schema that says which outputs a component has. */
interface PackageSchema {
  readonly version: string;
  readonly resources: Readonly<Record<string, { readonly properties?: Readonly<Record<string, unknown>> }>>;
}

/** Serves the public components to programs in other languages, by the schema shipped with the package. */
export class SlipwayProvider implements pulumi.provider.Provider {
  readonly version: string;
  readonly schema: string;
  private readonly resources: PackageSchema["resources"];

  constructor() {
    this.schema = readFileSync(join(packageFolder(), "schema.json"), "utf8");
    const { version, resources } = JSON.parse(this.schema) as PackageSchema;
    this.version = version;
    this.resources = resources;
  }

  async construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> {
    const Component = publicComponents[type.split(":")[2] ?? ""];
    if (Component === undefined || !Object.hasOwn(this.resources, type)) {
      throw new Error(`there is no component ${type}; there are ${Object.keys(this.resources).join(", ")}`);
    }
    const component = new Component(name, inputs as never, options);
    const members: Readonly<Record<string, unknown>> = { ...component };
    const outputs = Object.keys(this.resources[type]?.properties ?? {}).map((key) => [key, members[key]]);
    return { urn: component.urn, state: Object.fromEntries(outputs) };
  }
}
