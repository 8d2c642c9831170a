import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { rules } from "../../policy/index";
import { packageRoot } from "../../tools/package-root";

it("docs/policies.md has the table that the rules make; UPDATE_DOCS=1 writes it", () => {
  const path = join(packageRoot(), "docs", "policies.md");
  const rows = rules.map(({ name, description, severity, enforcementLevel, controls }) =>
    ["", `\`${name}\``, description, severity, enforcementLevel, controls.join(", "), ""].join(" | ").trim(),
  );
  const table = ["| rule | what must hold | severity | level | the same in |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
  const text = readFileSync(path, "utf8");
  const made = text.replace(/(<!-- rules -->\n)[\s\S]*(<!-- \/rules -->)/, `$1${table}\n$2`);
  if (process.env.UPDATE_DOCS !== undefined) writeFileSync(path, made);
  expect(readFileSync(path, "utf8")).toBe(made);
});
