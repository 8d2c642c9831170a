import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../tools/package-root";
import { licenceOf } from "../../tools/supply-chain/licences/classify";
import { goFolders, inventory, type Recorded } from "../../tools/supply-chain/licences/inventory";
import { licencesPage } from "../../tools/supply-chain/licences/page";
import { allowed, notAllowed, readByHand } from "../../tools/supply-chain/licences/rules";
import { goRequirements } from "../../tools/supply-chain/pins";

const root = packageRoot();
const read = (path: string) => readFileSync(join(root, path), "utf8");
const recorded = JSON.parse(read("tools/supply-chain/licences/recorded.json")) as Recorded;
const groups = inventory(root, recorded);
const shipped = groups.filter((group) => group.shipped).flatMap(({ entries }) => entries);

describe("docs/licences.md", () => {
  it("is what the lock files name; npm run licences writes it", () => {
    expect(read("docs/licences.md")).toBe(licencesPage(groups));
  });

  it("has every group, and none that is empty", () => {
    expect(groups).toHaveLength(11);
    expect(groups.filter(({ entries }) => entries.length === 0)).toEqual([]);
  });

  it("has every Go module that is asked for directly and linked, by the version of go.mod", () => {
    for (const { folder } of goFolders) {
      const required = new Set(goRequirements(read(`${folder}/go.mod`)).map(({ path, version }) => `${path} ${version}`));
      expect(Object.keys(recorded.go[folder] ?? {}).filter((module) => !required.has(module))).toEqual([]);
    }
    expect(
      Object.keys(recorded.go["tools/pulumi/engine"] ?? {}).some((module) => module.startsWith("github.com/pulumi/pulumi/pkg/v3 ")),
    ).toBe(true);
  });
});

describe("what is shipped", () => {
  it("has licences that are allowed, all of them", () => {
    expect(shipped.filter(({ licence }) => notAllowed(licence).length > 0)).toEqual([]);
  });

  it("has nothing under a licence that reaches over to what uses it, nor is any allowed", () => {
    expect(shipped.filter(({ licence }) => /GPL|SSPL|BUSL/.test(licence))).toEqual([]);
    expect([...allowed].filter((licence) => /GPL|SSPL|BUSL/.test(licence))).toEqual([]);
  });

  it("has no licence read by hand that nothing needs", () => {
    const names = new Set(groups.flatMap(({ entries }) => entries.map(({ name }) => name)));
    expect(Object.keys(readByHand).filter((name) => !names.has(name))).toEqual([]);
  });

  it.each([
    ["AGPL-3.0-or-later", ["AGPL-3.0-or-later"]],
    ["MIT OR GPL-2.0", ["GPL-2.0"]],
    ["MPL-2.0 AND (Apache-2.0 OR MIT)", []],
    ["unknown", ["unknown"]],
    ["", ["none"]],
  ])("would be refused under %s for %j", (expression, refused) => {
    expect(notAllowed(expression)).toEqual(refused);
  });
});

describe("the text of a licence", () => {
  const bsd = "Redistribution and use in source and binary forms, with or without modification, are permitted";
  it.each([
    ["MIT", "MIT License\n\nPermission is hereby granted, free of\ncharge, to any person obtaining a copy"],
    ["Apache-2.0", "Apache License\n  Version 2.0, January 2004"],
    ["BSD-2-Clause", bsd],
    ["BSD-3-Clause", `${bsd}. Neither the name of Google nor the names`],
    ["MPL-2.0", `Mozilla Public License Version 2.0 ${" ".padEnd(300, ".")} GNU Affero General Public License, Version 3.0`],
    ["AGPL-3.0", `GNU AFFERO GENERAL PUBLIC LICENSE Version 3 ${" ".padEnd(300, ".")} the GNU General Public License`],
    [
      "Apache-2.0 AND MIT",
      "Apache License, Version 2.0. Parts: Permission is hereby granted, free of charge, to any person obtaining a copy",
    ],
    [undefined, "All rights reserved."],
  ])("is known as %s", (expected, text) => {
    expect(licenceOf(text)).toBe(expected);
  });
});
