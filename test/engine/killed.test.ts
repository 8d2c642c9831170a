import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { invocationsOf, Prober } from "./support/prober";
import { killTree } from "./support/processes";
import { Project } from "./support/project";

const kills = 10;
/** An update has about 22 events of resources that change; the last of them follow each other closely. */
const events = 18;
/** Milliseconds after the event. */
const delay = 300;
/** The same seed has the engine killed at the same points: SLIPWAY_TEST_SEED=… npx vitest run … */
const seed = Number(process.env.SLIPWAY_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** The shift is added to what the model answers, so each needs a training job, model and configuration of its own. */
function near(shift: number): object {
  return {
    code: "models/near",
    training: { instanceType: "ml.m5.large", channels: { train: "models/near/data" }, hyperparameters: { shift: String(shift) } },
    realtime: { instanceType: "ml.m5.large" },
  };
}
const answer = (shift: number) => ({ label: "low", mean: 2 + shift });

describe(`updates whose engine is killed at ${kills} random points (seed ${seed})`, () => {
  let aws: LocalAws;
  let project: Project;
  let prober: Prober | undefined;

  beforeAll(async () => {
    aws = await startLocalAws();
    project = await Project.create(aws);
  });
  afterAll(async () => {
    prober?.end();
    project?.remove();
    await aws?.stop();
  });

  test("leave an endpoint that answers throughout, each goes on from where the one before it was killed, and the last one finishes the work", async () => {
    project.declare({ near: near(0) });
    const created = await project.up();
    expect(created.exitCode, created.text).toBe(0);
    const right = Array.from({ length: 2 * kills + 1 }, (_, shift) => answer(shift));
    prober = await Prober.start({ url: invocationsOf(aws, "platform-near"), question: { x: 2.5 }, right });
    const random = randomNumbers(seed);
    let killed = 0;
    let shift = 0;
    while (killed < kills && shift < 2 * kills - 1) {
      project.declare({ near: near(++shift) });
      const end = await killedAt(Math.floor(random() * (events + 1)), random() * delay);
      if (end.exitCode === null) killed++;
      else expect(end.exitCode, end.text).toBe(0);
      await project.recover();
    }
    expect(killed).toBe(kills);
    project.declare({ near: near(++shift) });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    const preview = await project.preview();
    expect([preview.exitCode, preview.changes], preview.text).toEqual([0, []]);
    await prober.expectAnswered();
    await (await Prober.start({ url: invocationsOf(aws, "platform-near"), question: { x: 2.5 }, right: [answer(shift)] })).expectAnswered(
      2,
    );
  });

  /** An update whose engine, with all it started, is killed so long after so many events of resources that change; or that ended before. */
  async function killedAt(count: number, milliseconds: number): Promise<{ readonly exitCode: number | null; readonly text: string }> {
    const engine = project.start();
    const ended = new Promise<void>((resolve) => engine.once("close", resolve));
    let text = "";
    engine.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const reached = new Promise<void>((resolve) => {
      let seen = 0;
      if (engine.stdout === null) throw new Error("the engine was started without an output");
      createInterface(engine.stdout).on("line", (line) => {
        if (/"diagnosticEvent":.*"severity":"error"/.test(line)) text += `${line}\n`;
        if (/"(?:resourcePreEvent|resOutputsEvent)":\{"metadata":\{"op":"(?!same)/.test(line)) seen++;
        if (seen >= count) resolve();
      });
    });
    await Promise.race([reached.then(() => sleep(milliseconds)), ended]);
    if (engine.exitCode === null) killTree(engine.pid ?? 0);
    await ended;
    return { exitCode: engine.exitCode, text };
  }
});

/** Evenly spread numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
