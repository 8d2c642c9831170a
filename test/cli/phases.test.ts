import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type EngineEvent, parseEngineEvent } from "../../cli/engine/engine-event";
import { recordedParents } from "../../cli/engine/local-stack";
import { UpdateWatch } from "../../cli/engine/update-watch";
import type { Event } from "../../cli/output/events";
import { statePaths } from "../../cli/project/state-dir";

/** The engine's own log of an update that renamed the model tulip to rose, and the state before it; both cut down to what is read of them. */
const fixture = join(__dirname, "fixtures", "renamed-model");

const stack = "urn:pulumi:local::slipway::pulumi:pulumi:Stack::slipway-local";
const iris = "urn:pulumi:local::slipway::slipway:index:ModelService::iris";
const job =
  "urn:pulumi:local::slipway::slipway:index:ModelService$slipway:index:TrainingJob$aws:sagemaker/trainingJob:TrainingJob::iris-training";
const jobComponent = "urn:pulumi:local::slipway::slipway:index:ModelService$slipway:index:TrainingJob::iris-training";
const model = "urn:pulumi:local::slipway::slipway:index:ModelService$aws:sagemaker/model:Model::iris-model";
const endpoint = "urn:pulumi:local::slipway::slipway:index:ModelService$aws:sagemaker/endpoint:Endpoint::iris-endpoint";
const bucket = "urn:pulumi:local::slipway::aws:s3/bucket:Bucket::artifacts";

describe("an update", () => {
  it("that makes a model tells the platform, the training and the endpoint, each with its seconds", () => {
    expect(
      phases([
        [0, pre("create", stack, "")],
        [0, pre("create", bucket, stack)],
        [0, pre("create", iris, stack)],
        [500, post("create", bucket, stack)],
        [500, pre("create", jobComponent, iris)],
        [1000, pre("create", job, jobComponent)],
        [1200, post("create", job, jobComponent)],
        [3000, info(job, "training job iris-7c1e: Training\n")],
        [7400, pre("create", model, iris)],
        [7500, post("create", model, iris)],
        [7500, pre("create", endpoint, iris)],
        [9000, post("create", endpoint, iris)],
        [9100, post("create", iris, stack)],
        [9200, summary({ create: 6 })],
      ]),
    ).toEqual([
      "iris: training",
      "iris: training job iris-7c1e: Training",
      "iris: making the model",
      "iris: starting the endpoint",
      "iris done: trained 6.4 s, 3 made, InService, 8.1 s",
      "platform done: 1 made, 0.5 s",
      "stack done: as declared, 9.2 s",
    ]);
  });

  it("that changes nothing tells only that", () => {
    expect(
      phases([
        [0, pre("same", stack, "")],
        [100, pre("same", iris, stack)],
        [200, post("same", iris, stack)],
        [900, summary({ same: 40 })],
      ]),
    ).toEqual(["stack done: nothing changed, 0.9 s"]);
  });

  it("that replaces does not count the removal of what was replaced, nor reopen the model for it", () => {
    expect(
      phases([
        [0, pre("same", iris, stack)],
        [100, pre("create-replacement", model, iris)],
        [200, post("create-replacement", model, iris)],
        [200, pre("replace", model, iris)],
        [200, post("replace", model, iris)],
        [300, pre("update", endpoint, iris)],
        [900, post("update", endpoint, iris)],
        [1000, post("same", iris, stack)],
        [1100, pre("delete-replaced", model, iris)],
        [1200, post("delete-replaced", model, iris)],
        [1300, summary({ "create-replacement": 1, update: 1, same: 3 })],
      ]),
    ).toEqual([
      "iris: making the model",
      "iris: starting the endpoint",
      "iris done: 1 updated, 1 replaced, InService, 0.9 s",
      "stack done: as declared, 1.3 s",
    ]);
  });

  it("whose gate fails tells the model as failed and keeps the error with its model", () => {
    const watch = new UpdateWatch(
      () => undefined,
      () => 0,
    );
    watch.start();
    for (const event of [
      pre("create", iris, stack),
      pre("create", jobComponent, iris),
      pre("create", job, jobComponent),
      failure(job, "SLIP-2101 training job failed\n"),
    ])
      watch.handle(event);
    expect(watch.errors).toEqual([
      { diagnostic: { urn: job, message: "SLIP-2101 training job failed\n", severity: "error" }, model: "iris" },
    ]);
    expect(
      phases(
        [
          [0, pre("create", iris, stack)],
          [0, pre("create", jobComponent, iris)],
          [100, pre("create", job, jobComponent)],
          [2000, failure(job, "SLIP-2101 training job failed\n")],
          [2100, failure(undefined, "update failed\n")],
        ],
        "failed",
      ),
    ).toEqual(["iris: training", "iris failed: failed, 2.0 s", "stack failed: not as declared, 2.1 s"]);
  });

  it("that waits for a job of an earlier run tells what it waits for", () => {
    expect(
      phases([
        [0, pre("same", iris, stack)],
        [0, pre("same", job, iris)],
        [10, info(job, "training job iris-7c1e: Training")],
        [5000, post("same", iris, stack)],
        [5100, summary({ same: 3 })],
      ]),
    ).toEqual(["iris: training job iris-7c1e: Training", "iris done: ready, 5.0 s", "stack done: nothing changed, 5.1 s"]);
  });

  it("that renames a model counts what it removes for the model it belonged to, though children go before their parents are told", () => {
    const recorded = readFileSync(join(fixture, "engine-events.jsonl"), "utf8").split("\n").map(parseEngineEvent);
    const events = recorded.flatMap((event) => (event === undefined ? [] : [[0, event] as const]));
    expect(phases(events, "done", recordedParents({ ...statePaths(fixture), stackState: join(fixture, "local.json") }))).toEqual([
      "rose: building the image",
      "rose: training",
      "rose: making the model",
      "rose: starting the endpoint",
      "rose: making the API",
      "rose done: trained 0.0 s, 22 made, InService, 0.0 s",
      "tulip: removing",
      "tulip done: 22 removed, 0.0 s",
      "stack done: as declared, 0.0 s",
    ]);
  });

  it("tells warnings by their first line", () => {
    const seen: Event[] = [];
    const watch = new UpdateWatch((event) => seen.push(event));
    watch.handle({ sequence: 1, diagnosticEvent: { message: "aws:route53/zone:Zone is only recorded\nmore\n", severity: "warning" } });
    expect(seen).toEqual([{ kind: "note", level: "warning", text: "aws:route53/zone:Zone is only recorded" }]);
  });
});

describe("a line of the engine's event log", () => {
  it("that was cut off, empty or foreign is passed over", () => {
    expect([parseEngineEvent(`{"sequence":1,"summ`), parseEngineEvent(""), parseEngineEvent("[]"), parseEngineEvent(`{"a":1}`)]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

function phases(
  timed: readonly (readonly [number, EngineEvent])[],
  outcome: "done" | "failed" = "done",
  recorded?: ReadonlyMap<string, string>,
): string[] {
  const lines: string[] = [];
  let now = 0;
  const watch = new UpdateWatch(
    (event) => {
      const line = lineOf(event);
      if (line !== undefined && line !== lines.at(-1)) lines.push(line);
    },
    () => now,
    recorded,
  );
  watch.start();
  for (const [at, event] of timed) {
    now = at;
    watch.handle(event);
  }
  watch.finish(outcome);
  return lines;
}

function lineOf(event: Event): string | undefined {
  if (event.kind === "phase-progress") return event.phase === "platform" ? undefined : `${event.phase}: ${event.detail}`;
  if (event.kind !== "phase-finished") return undefined;
  return `${event.phase} ${event.outcome}: ${[event.detail, event.state, `${event.seconds.toFixed(1)} s`].filter((part) => part !== undefined).join(", ")}`;
}

function step(op: string, urn: string, parent: string) {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const state = { parent, ...(type.startsWith("aws:") ? { custom: true } : {}) };
  return {
    metadata: { op, urn, type, new: op.startsWith("delete") ? null : state, old: op.startsWith("delete") ? state : null },
  };
}
const pre = (op: string, urn: string, parent: string): EngineEvent => ({ sequence: 0, resourcePreEvent: step(op, urn, parent) });
const post = (op: string, urn: string, parent: string): EngineEvent => ({ sequence: 0, resOutputsEvent: step(op, urn, parent) });
const info = (urn: string, message: string): EngineEvent => ({
  sequence: 0,
  diagnosticEvent: { urn, message, severity: "info", ephemeral: true },
});
const failure = (urn: string | undefined, message: string): EngineEvent => ({
  sequence: 0,
  diagnosticEvent: { ...(urn === undefined ? {} : { urn }), message, severity: "error" },
});
const summary = (resourceChanges: Record<string, number>): EngineEvent => ({
  sequence: 0,
  summaryEvent: { durationSeconds: 1, resourceChanges },
});
