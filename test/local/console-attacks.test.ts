import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { html } from "../../local/console/html";
import { type ConsoleSources, type EndpointView, sampleFor } from "../../local/console/views";
import { scratchFolder } from "./support/scratch";

const project = scratchFolder();

test("a model's name in a tag leads to no file outside of the models' folder", () => {
  mkdirSync(join(project, "models", "iris"), { recursive: true });
  writeFileSync(join(project, "models", "iris", "sample.json"), '{"of":"iris"}');
  for (const folder of [project, join(project, "models")]) writeFileSync(join(folder, "sample.json"), '{"of":"others"}');
  const sources = { stateDir: join(project, ".slipway") } as ConsoleSources;
  const sampleOf = (model: string) => sampleFor(sources, { model, invocations: [] } as unknown as EndpointView);
  expect(sampleOf("iris")).toBe('{"of":"iris"}');
  for (const name of ["..", ".", "../models/iris", "/etc", "iris/..", "", "iris\0"]) expect([name, sampleOf(name)]).toEqual([name, "{}"]);
});

test("nothing that is put into a page becomes markup, in texts and in attributes", () => {
  const said = `</pre><script>alert(1)</script>" onload='x' &lt;`;
  expect(html`<p title="${said}">${said}</p>`.text).toMatch(/^<p title="[^"<>']*">[^"<>']*<\/p>$/);
});
