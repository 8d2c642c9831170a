import { existsSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isAlive } from "../../cli/daemon/process-table";
import { Checkout, type Run } from "./support/checkout";
import { familyOf } from "./support/clone";

/** Each test cuts off a start that trains, and then starts again. */
describe("a start that is cut off while the model trains", () => {
  let checkout: Checkout;
  let run: Run;

  beforeAll(async () => {
    checkout = await Checkout.create();
  });
  beforeEach(async () => {
    checkout.trainFor(5);
    run = checkout.startUp();
    await expect.poll(() => run.stderr, { timeout: 120_000 }).toMatch(/iris +training/);
  });
  afterAll(() => checkout?.remove());

  async function expectGoodStart(): Promise<void> {
    const { exitCode, error } = await checkout.up();
    expect([exitCode, error]).toEqual([0, null]);
    expect(await checkout.category()).toBe("Iris-setosa");
  }

  test("by Ctrl-C ends with 130, says how to go on, and leaves no engine; the next start works", async () => {
    const engine = familyOf(checkout.enginePid() ?? 0);
    run.signal("SIGINT");
    expect(await run.ended).toBe(130);
    expect(run.stdout).toBe("");
    expect(run.stderr).toContain("Stopping once what has begun is at a safe point. Ctrl-C again stops at once.\n");
    expect(run.stderr.trimEnd().split("\n").at(-1)).toBe("Interrupted. Run the same command again to go on from here.");
    expect(run.stderr).not.toContain("SLIP-");
    expect([engine.length > 1, engine.filter(isAlive)]).toEqual([true, []]);
    await expectGoodStart();
  });

  test("by Ctrl-C twice ends at once, also with 130; the next start works", async () => {
    run.signal("SIGINT");
    await expect.poll(() => run.stderr).toContain("Stopping once");
    run.signal("SIGINT");
    expect(await run.ended).toBe(130);
    expect(checkout.enginePid()).toBeUndefined();
    await expectGoodStart();
  });

  test("by kill -9 of the command and of its engine is gone on with by the next start, which leaves nothing of it", async () => {
    const engine = familyOf(checkout.enginePid() ?? 0);
    run.signal("SIGKILL");
    process.kill(engine[0] ?? 0, "SIGKILL");
    expect(await run.ended).toBe(null);
    expect(engine.length).toBeGreaterThan(1);
    // What an older engine leaves when it is killed while it writes: Pulumi itself reads no state beside it ("failed to load checkpoint: EOF").
    writeFileSync(`${checkout.stackState}.attrs`, "");
    await expectGoodStart();
    expect(existsSync(`${checkout.stackState}.attrs`)).toBe(false);
    expect(engine.filter(isAlive)).toEqual([]);
  });

  test("by kill -9 of the command alone: the next start ends its engine and works", async () => {
    const engine = familyOf(checkout.enginePid() ?? 0);
    run.signal("SIGKILL");
    await run.ended;
    await expectGoodStart();
    expect([engine.length > 1, engine.filter(isAlive)]).toEqual([true, []]);
  });
});

describe("a start that is stopped by Ctrl-C while a job of an hour trains", () => {
  let checkout: Checkout;

  beforeAll(async () => {
    checkout = await Checkout.create();
  });
  afterAll(() => checkout?.remove());

  test("says that the job goes on and which command stops it; after that command, a start of what was declared before works", async () => {
    const model = checkout.copy.read("models/iris/model.py");
    checkout.trainFor(3600);
    const run = checkout.startUp();
    await expect.poll(() => checkout.runningJobs(), { timeout: 120_000 }).toHaveLength(1);
    const [job = ""] = await checkout.runningJobs();
    run.signal("SIGINT");
    expect(await run.ended).toBe(130);
    expect(run.stderr).toContain(
      `Training job ${job} goes on without this command, and the next local up waits for it. Stop it: npx slipway local down\n`,
    );
    expect(await checkout.runningJobs()).toEqual([job]);
    expect(await checkout.down()).toBe(0);
    expect(await checkout.runningJobs()).toEqual([]);
    checkout.copy.write("models/iris/model.py", model);
    const { exitCode, error } = await checkout.up();
    expect([exitCode, error]).toEqual([0, null]);
    expect(await checkout.category()).toBe("Iris-setosa");
  });

  test("is destroyed with slipway destroy, once each loss is named; the platform runs on with nothing in it", async () => {
    const refused = await checkout.command("destroy", "--yes");
    expect([refused.exitCode, refused.error?.code, refused.error?.cure]).toEqual([
      2,
      "SLIP-6004",
      "if all of that may go: slipway destroy --yes --delete endpoints,objects",
    ]);
    expect(await checkout.category()).toBe("Iris-setosa");
    const { exitCode, error } = await checkout.command("destroy", "--yes", "--delete", "endpoints,objects");
    expect([exitCode, error, checkout.resources()]).toEqual([0, null, []]);
    const again = await checkout.command("destroy");
    expect([again.exitCode, again.data]).toEqual([0, { stack: "local", destroyed: false, resources: 0 }]);
  });
});
