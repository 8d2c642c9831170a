import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { report } from "../../cli/commands/check";
import { blockLines } from "../../cli/output/columns";
import { styleFor } from "../../cli/output/style";
import { lines, outcome, skipped } from "../../local/check/lines";
import { findTarget } from "../../local/check/target";
import { projectFolder, slipway } from "./command";

describe("slipway check", () => {
  it("prints a line for each check, and for what does not hold what was seen and why it matters", () => {
    const outcomes = [
      outcome(lines.pingTime, true, "the slowest took 2 ms"),
      outcome(lines.sigterm, false, "it was still there after 30 s, and was killed"),
      outcome(lines.route, false, "GET /slipway-check/no-such-route: 200"),
      skipped(lines.nonRoot, "only Docker can tell"),
    ];
    const page = report({ name: "iris", runner: "process" }, outcomes).flatMap((block) => blockLines(block, styleFor({}, false)));
    expect(page).toEqual([
      "      CHECK          iris (process)",
      "pass  ping-time      the slowest took 2 ms",
      "fail  sigterm        it was still there after 30 s, and was killed",
      "note  unknown-route  GET /slipway-check/no-such-route: 200",
      "skip  non-root       only Docker can tell",
      "",
      "sigterm  ends within 30 s of SIGTERM",
      "found    it was still there after 30 s, and was killed",
      "why      SageMaker kills it after 30 s, with every request that is under way",
      "",
      "unknown-route  an unknown route is 404",
      "found          GET /slipway-check/no-such-route: 200",
      "why            a server that answers 200 to everything proves nothing with its ping",
      "",
      "1 hold, 1 fail, 1 are advice, 1 could not be tried",
    ]);
  });

  it("says what it takes when it is given nothing that can be checked", async () => {
    const root = projectFolder();
    mkdirSync(join(root, "empty"));
    const { exitCode, stdout } = await slipway(root, ["check", "empty", "--json"]);
    const object = JSON.parse(stdout) as { command: string; status: string; error: { code: string; message: string } };
    expect([exitCode, object.command, object.status, object.error.code]).toEqual([2, "check", "failed", "SLIP-5023"]);
  });

  it.each([
    [["--only", "both"], `--only does not know "both"`],
    [["--sample", "nowhere.json"], "--sample: there is no nowhere.json"],
  ])("refuses %j", async (options, message) => {
    const { exitCode, stderr } = await slipway(projectFolder(), ["check", "models/iris", ...options]);
    expect([exitCode, stderr.includes(message)]).toEqual([2, true]);
  });
});

describe("what a folder is checked with", () => {
  it("is its samples with the media types of their names, its data as channels, and the kit on its model.py", async () => {
    const root = projectFolder();
    const folder = join(root, "models/iris");
    writeFileSync(join(folder, "sample-rows.csv"), "1,2\n");
    mkdirSync(join(folder, "data/train"), { recursive: true });
    mkdirSync(join(folder, "data/test"));
    const target = await findTarget("models/iris", root);
    expect(target.samples.map(({ name, contentType }) => [name, contentType])).toEqual([
      ["sample-rows.csv", "text/csv"],
      ["sample.json", "application/json"],
    ]);
    expect(target.channels).toEqual({ train: join(folder, "data/train"), test: join(folder, "data/test") });
    expect([target.runner, target.trains, target.image.manifest?.serve]).toEqual([
      "process",
      false,
      ["python", "-m", "slipway_kit", "serve"],
    ]);
  });

  it("may be a script of SageMaker's own containers, which has nothing to train with", async () => {
    const root = projectFolder();
    mkdirSync(join(root, "script"));
    writeFileSync(join(root, "script/inference.py"), "def model_fn(model_dir): ...\n");
    const target = await findTarget("script", root);
    expect([target.trains, target.image.manifest?.requirements]).toEqual([false, ["container/requirements.txt"]]);
  });

  it("is the data folder itself as the channel train when it holds files", async () => {
    const root = projectFolder();
    mkdirSync(join(root, "models/iris/data"));
    writeFileSync(join(root, "models/iris/data/rows.csv"), "");
    expect((await findTarget("models/iris", root)).channels).toEqual({ train: join(root, "models/iris/data") });
  });
});
