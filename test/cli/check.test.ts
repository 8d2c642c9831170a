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
      skipped(lines.nonRoot, "not checked: needs Docker"),
    ];
    const page = report({ name: "iris", runner: "process" }, outcomes).flatMap((block) => blockLines(block, styleFor({}, false)));
    expect(page).toEqual([
      "      CHECK          iris (process)",
      "pass  ping-time      the slowest took 2 ms",
      "fail  sigterm        it was still there after 30 s, and was killed",
      "note  unknown-route  GET /slipway-check/no-such-route: 200",
      "skip  non-root       not checked: needs Docker",
      "",
      "sigterm  ends within 30 s of SIGTERM",
      "found    it was still there after 30 s, and was killed",
      "why      SageMaker kills it after 30 s, with every request that is under way",
      "",
      "unknown-route  an unknown route is 404",
      "found          GET /slipway-check/no-such-route: 200",
      "why            a server that answers 200 to everything proves nothing with its ping",
      "",
      "1 pass, 1 fail, 1 notes (advice), 1 skipped",
    ]);
  });

  it("says what it takes when it is given nothing that can be checked", async () => {
    const root = projectFolder();
    mkdirSync(join(root, "empty"));
    const { exitCode, stdout } = await slipway(root, ["check", "empty", "--json"]);
    const object = JSON.parse(stdout) as { command: string; status: string; error: { code: string; message: string } };
    expect([exitCode, object.command, object.status, object.error.code]).toEqual([2, "check", "failed", "SLIP-5023"]);
  });

  it("says that processes can run neither a Dockerfile nor an image", async () => {
    const root = projectFolder();
    mkdirSync(join(root, "image"));
    writeFileSync(join(root, "image/Dockerfile"), "FROM scratch\n");
    const refused = async (target: string): Promise<readonly unknown[]> => {
      const { exitCode, stdout } = await slipway(root, ["check", target, "--runner", "process", "--json"]);
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
      return [exitCode, error.code, error.message];
    };
    expect(await refused("image")).toEqual([2, "SLIP-5023", "image has a Dockerfile but no slipway-image.json: processes cannot run it"]);
    expect(await refused("registry/image:1")).toEqual([
      2,
      "SLIP-5023",
      "there is no folder registry/image:1, and an image runs in Docker alone",
    ]);
  });

  it.each([
    [["--only", "both"], `--only does not know "both"`],
    [["--runner", "podman"], `--runner does not know "podman"`],
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
    const target = await findTarget("models/iris", root, { runner: "process" });
    expect(target.samples.map(({ name, contentType }) => [name, contentType])).toEqual([
      ["sample-rows.csv", "text/csv"],
      ["sample.json", "application/json"],
    ]);
    expect(target.channels).toEqual({ train: join(folder, "data/train"), test: join(folder, "data/test") });
    expect([target.runner, target.cannotTrain, target.image.manifest?.serve]).toEqual([
      "process",
      "its model.py has no fit()",
      ["python", "-m", "slipway_kit", "serve"],
    ]);
  });

  it("is what was trained elsewhere and lies beside the code, unless another model is given", async () => {
    const root = projectFolder();
    expect((await findTarget("models/iris", root, { runner: "process" })).model).toBeUndefined();
    mkdirSync(join(root, "models/iris/artifact"));
    expect((await findTarget("models/iris", root, { runner: "process" })).model).toBe(join(root, "models/iris/artifact"));
    expect((await findTarget("models/iris", root, { runner: "process", model: "models" })).model).toBe(join(root, "models"));
  });

  it("may be a script of SageMaker's own containers, which has nothing to train with", async () => {
    const root = projectFolder();
    mkdirSync(join(root, "script"));
    writeFileSync(join(root, "script/inference.py"), "def model_fn(model_dir): ...\n");
    const target = await findTarget("script", root, { runner: "process" });
    expect([target.cannotTrain, target.image.manifest?.requirements]).toEqual([
      "its inference.py has no fit()",
      ["container/requirements.txt"],
    ]);
  });

  it("is the data folder itself as the channel train when it holds files", async () => {
    const root = projectFolder();
    mkdirSync(join(root, "models/iris/data"));
    writeFileSync(join(root, "models/iris/data/rows.csv"), "");
    expect((await findTarget("models/iris", root, { runner: "process" })).channels).toEqual({ train: join(root, "models/iris/data") });
  });
});
