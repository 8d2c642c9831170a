import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** Type token of a component, as its schema names it. */
export function componentType(className: string): string {
  return `slipway:index:${className}`;
}

/**
 * Children by component. They are reached by a `nodes` getter and kept here, outside the class, since every field of a component class
 * becomes part of the schema other languages see.
 */
const childrenOf = new WeakMap<pulumi.ComponentResource, object>();

export function keepNodes<N extends object>(component: pulumi.ComponentResource & { readonly nodes: N }, nodes: N): void {
  childrenOf.set(component, nodes);
}

/** The children kept for a component. `N` is fixed by `keepNodes`, which accepts only what the component's own getter returns. */
export function nodesOf<N extends object>(component: pulumi.ComponentResource): N {
  return childrenOf.get(component) as N;
}

/** The folder relative paths in declarations start from: the Pulumi project's root, or the working directory where the engine names none. */
export function projectFolder(): string {
  const root = pulumi.getRootDirectory();
  return isAbsolute(root) ? root : process.cwd();
}

export function projectPath(path: string): string {
  return resolve(projectFolder(), path);
}

/** Where files derived from the project are put: `.slipway/build/<name>`, out of version control. */
export function buildPath(name: string): string {
  return projectPath(join(".slipway", "build", name));
}

/** The folder of this package, whether it runs from its sources or from its compiled form. */
export function packageFolder(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, "utf8")) as { name?: string }).name === "slipway") {
      return folder;
    }
  }
  throw new Error(`the slipway package that holds ${__dirname} has no package.json`);
}

/** Options every child is made with. */
export function childOf(parent: pulumi.Resource, options: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
  return { parent, ...options };
}
