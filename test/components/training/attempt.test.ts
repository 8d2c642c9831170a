import { describe, expect, test } from "vitest";
import { chooseAttempt } from "../../../components/training/attempt";

function statuses(known: Readonly<Record<string, string>>) {
  return (name: string) => Promise.resolve(known[name]);
}

describe("the attempt at a training", () => {
  test("is the first when there is no such job", async () => {
    expect(await chooseAttempt("iris-0123456789", statuses({}), () => false)).toBe("iris-0123456789-1");
  });

  test.each(["Completed", "InProgress"])("is the one that is %s, when it is the stack's own", async (status) => {
    const known = statuses({ "iris-0123456789-1": "Failed", "iris-0123456789-2": status });
    expect(await chooseAttempt("iris-0123456789", known, () => true)).toBe("iris-0123456789-2");
  });

  test.each(["Failed", "Stopped", "Stopping"])("is the next after one that is %s", async (status) => {
    expect(await chooseAttempt("iris-0123456789", statuses({ "iris-0123456789-1": status }), () => true)).toBe("iris-0123456789-2");
  });

  test("passes over a job of another stack or of an update that was killed, whose name is taken", async () => {
    const known = statuses({ "iris-0123456789-1": "Completed" });
    expect(await chooseAttempt("iris-0123456789", known, (name) => name !== "iris-0123456789-1")).toBe("iris-0123456789-2");
  });

  test("takes a completed job when the state cannot be read", async () => {
    expect(await chooseAttempt("iris-0123456789", statuses({ "iris-0123456789-1": "Completed" }), undefined)).toBe("iris-0123456789-1");
  });

  test("gives up after 200 that failed", async () => {
    await expect(chooseAttempt("iris-0123456789", () => Promise.resolve("Failed"), undefined)).rejects.toThrow("SLIP-2102");
  });
});
