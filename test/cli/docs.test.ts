import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cliPage } from "../../cli/docs/cli-page";
import { errorsPage } from "../../cli/docs/errors-page";

// `UPDATE_DOCS=1 npx vitest run test/cli/docs.test.ts` writes the pages anew.
const update = process.env.UPDATE_DOCS === "1";

describe("a generated page", () => {
  it.each([
    ["errors.md", errorsPage, "the catalogue"],
    ["cli.md", cliPage, "the verbs' own help"],
  ])("docs/%s says what its source says", (name, make) => {
    const path = join(__dirname, "../../docs", name);
    if (update) writeFileSync(path, make());
    expect(existsSync(path) ? readFileSync(path, "utf8") : "").toBe(make());
  });
});
