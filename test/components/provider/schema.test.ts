import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getPulumiComponents } from "@pulumi/pulumi/provider/experimental";
import { describe, expect, test } from "vitest";
import * as library from "../../../components";
import { packageFolder } from "../../../components/component";
import { componentSchema } from "../../../components/provider/generate-schema";
import { publicComponents } from "../../../components/provider/public-components";

describe("the package schema", () => {
  test("is the one the sources give (make it anew with `node tools/schema.mjs`)", { timeout: 120_000 }, () => {
    expect(readFileSync(join(packageFolder(), "schema.json"), "utf8")).toBe(componentSchema());
  });

  test("covers every component the library exports", () => {
    const exported = getPulumiComponents(library).map(({ name }) => name);
    expect(exported.sort()).toEqual(Object.keys(publicComponents).sort());
  });
});
