import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../local/check/lines";
import { check, foundOf } from "./checked";

describe("a training job", () => {
  const train = (fault: string): Promise<readonly Outcome[]> => check(fault, {}, { parts: "train" });

  it("that is stopped and saves what it has ends in time", { timeout: 240_000 }, async () => {
    expect(foundOf(await train("trains-long"), "train-stop")).toMatch(/^exit code 0, \d+\.\d s after SIGTERM, saved scale\.json$/);
  });

  it("that is too short to be stopped is not judged by it", { timeout: 240_000 }, async () => {
    const outcomes = await train("finishes-first");
    expect(outcomes.find(({ line }) => line.id === "train-stop")?.state).toBe("skip");
    expect(foundOf(outcomes, "train-stop")).toMatch(
      /^it ended before (it could be stopped|the stop could show), .*: try with more data \(--data DIR\)$/,
    );
  });

  it("that takes no notice of the stop, and is only quicker than the one before, is not judged by it", { timeout: 240_000 }, async () => {
    const outcomes = await train("warms-up");
    expect(outcomes.find(({ line }) => line.id === "train-stop")?.state).toBe("skip");
  });

  it("that reads no configuration fails for want of its channels", async () => {
    expect(foundOf(await train("reads-data-only"), "train-failure")).toMatch(
      /^with channels that are missing: exit code 1, "FileNotFoundError: /,
    );
  });

  it.each(["reads-nothing", "trains-for-nothing"])("that rightly succeeds whatever it is given is not judged: %s", async (fault) => {
    const outcomes = await train(fault);
    expect(outcomes.find(({ line }) => line.id === "train-failure")).toMatchObject({
      state: "skip",
      found:
        "no failure could be provoked: exit code 0 with broken configuration files, with channels that are missing " +
        "and with text for numeric hyperparameters",
    });
  });

  it("that can be made to fail by a hyperparameter alone tells why", async () => {
    expect(foundOf(await train("reads-hyperparameters-only"), "train-failure")).toMatch(
      /^with text for numeric hyperparameters: exit code 1, "ValueError: could not convert string to float: /,
    );
  });
});
