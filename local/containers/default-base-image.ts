import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../tools/package-root";

/** The base the kit's Dockerfile names itself. */
export function defaultBaseImage(): string {
  const dockerfile = readFileSync(join(packageRoot(), "container", "Dockerfile"), "utf8");
  const base = /^ARG BASE_IMAGE=(\S+)/m.exec(dockerfile)?.[1];
  if (base === undefined) {
    throw new Error("container/Dockerfile has no line `ARG BASE_IMAGE=...`");
  }
  return base;
}
