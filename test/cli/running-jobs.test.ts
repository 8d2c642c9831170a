import { describe, expect, it } from "vitest";
import { runningJobsNote } from "../../cli/commands/running-jobs";

const job = (name: string, status: string) => ({ name, status, secondaryStatus: status, createdAt: "2026-11-21T00:00:00Z" });

describe("after Ctrl-C", () => {
  it("a training job that goes on is named, with the command that stops it", () => {
    expect(runningJobsNote({ trainingJobs: [job("iris-1", "InProgress"), job("iris-0", "Completed")] }, undefined)).toBe(
      "Training job iris-1 goes on without this command, and the next local up waits for it. Stop it: npx slipway local down",
    );
  });

  it("several are named at once, and the command means the platform they run on", () => {
    expect(runningJobsNote({ trainingJobs: [job("iris-1", "InProgress"), job("rose-1", "InProgress")] }, "my state")).toBe(
      "Training jobs iris-1, rose-1 go on without this command, and the next local up waits for them. Stop them: npx slipway local down --state 'my state'",
    );
  });

  it("nothing is said when none does, or when the platform does not answer", () => {
    expect(runningJobsNote({ trainingJobs: [job("iris-1", "Stopping"), job("iris-0", "Failed")] }, undefined)).toBeUndefined();
    expect(runningJobsNote(undefined, undefined)).toBeUndefined();
  });
});
