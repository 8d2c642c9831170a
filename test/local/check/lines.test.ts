import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Line, lines } from "../../../local/check/lines";
import { packageRoot } from "../../../tools/package-root";

it("the guide lists every line of the contract, in order, with its title and whether it is advice", () => {
  const guide = readFileSync(join(packageRoot(), "docs", "check.md"), "utf8");
  const all: readonly Line[] = Object.values(lines);
  const table = all.map(({ id, title, advised }) => `| \`${id}\` | ${advised === true ? "advice" : ""} | ${title} |`);
  expect(guide.split("\n").filter((row) => /^\| `[a-z-]+` \|/.test(row))).toEqual(table);
});

it("the ids are the ones that scripts rely on", () => {
  expect(Object.values(lines).map(({ id }) => id)).toEqual([
    "train",
    "train-failure",
    "train-stop",
    "serve",
    "accept",
    "ping-time",
    "ping-early",
    "payloads",
    "bad-input",
    "unknown-route",
    "body-limit",
    "chunked",
    "oversize",
    "ping-busy",
    "slow-clients",
    "cut-off",
    "sigterm",
    "drain",
    "model-write",
    "ping-truth",
    "non-root",
    "read-only",
  ]);
});
