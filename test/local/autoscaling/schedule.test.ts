import { describe, expect, test } from "vitest";
import { parseSchedule } from "../../../local/autoscaling/schedule";
import { ServiceError } from "../../../local/control-plane/service-error";

function due(expression: string, from: string, to: string, timezone?: string, anchor = from): boolean {
  return parseSchedule(expression, timezone)(Date.parse(from), Date.parse(to), Date.parse(anchor));
}

describe("a schedule", () => {
  test.each([
    ["at(2026-03-01T09:30:15)", "2026-03-01T09:30:14Z", "2026-03-01T09:30:15Z", true],
    ["at(2026-03-01T09:30:15)", "2026-03-01T09:30:15Z", "2026-03-01T09:31:00Z", false],
    ["cron(0 9 * * ? *)", "2026-03-01T08:59:59Z", "2026-03-01T09:00:00Z", true],
    ["cron(0 9 * * ? *)", "2026-03-01T09:00:00Z", "2026-03-01T09:59:00Z", false],
    ["cron(*/15 8-10 ? * MON-FRI *)", "2026-03-02T10:44:00Z", "2026-03-02T10:45:30Z", true],
    ["cron(*/15 8-10 ? * MON-FRI *)", "2026-03-01T08:00:00Z", "2026-03-01T11:00:00Z", false],
    ["cron(0 0 1 JAN,JUL ? 2027)", "2026-12-31T23:59:00Z", "2027-01-01T00:00:10Z", true],
    ["cron(0 0 1 JAN,JUL ? 2027)", "2025-12-31T23:59:00Z", "2026-01-01T00:00:10Z", false],
    ["cron(5/20 * * * ? *)", "2026-03-01T09:44:00Z", "2026-03-01T09:45:00Z", true],
  ])("%s between %s and %s is due: %s", (expression, from, to, expected) => {
    expect(due(expression, from, to)).toBe(expected);
  });

  test("counts in its time zone, with its changes of clocks", () => {
    expect(due("at(2026-07-01T12:00:00)", "2026-07-01T09:59:59Z", "2026-07-01T10:00:00Z", "Europe/Berlin")).toBe(true);
    expect(due("at(2026-01-01T12:00:00)", "2026-01-01T10:59:59Z", "2026-01-01T11:00:00Z", "Europe/Berlin")).toBe(true);
    expect(due("cron(0 12 * * ? *)", "2026-07-01T09:59:59Z", "2026-07-01T10:00:00Z", "Europe/Berlin")).toBe(true);
  });

  test("by a rate is due again and again, counted from its beginning", () => {
    const rate = (from: string, to: string) => due("rate(5 minutes)", from, to, undefined, "2026-03-01T09:00:00Z");
    expect(rate("2026-03-01T09:00:00Z", "2026-03-01T09:04:59Z")).toBe(false);
    expect(rate("2026-03-01T09:04:59Z", "2026-03-01T09:05:00Z")).toBe(true);
    expect(rate("2026-03-01T09:05:00Z", "2026-03-01T09:09:59Z")).toBe(false);
    expect(rate("2026-03-01T09:09:59Z", "2026-03-01T09:10:01Z")).toBe(true);
  });

  test.each([
    ["every(5 minutes)", "it must be at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(fields)"],
    ["at(tomorrow)", "at takes yyyy-mm-ddThh:mm:ss"],
    ["rate(0 minutes)", "rate takes a positive number"],
    ["cron(0 9 * * *)", "cron takes 6 fields"],
    ["cron(61 9 * * ? *)", "minutes takes 0 to 59"],
    ["cron(0 9 L * ? *)", "L, W and # are not served"],
  ])("%s is refused: %s", (expression, reason) => {
    expect(() => parseSchedule(expression)).toThrow(ServiceError);
    expect(() => parseSchedule(expression)).toThrow(reason);
  });

  test("in a time zone that there is not is refused", () => {
    expect(() => parseSchedule("rate(1 day)", "Mars/Olympus")).toThrow("Timezone Mars/Olympus is not known");
  });
});
