import { expect, test } from "vitest";
import { startOf } from "../../cli/commands/logs";

const now = Date.parse("2026-11-21T12:00:00Z");

test.each([
  ["30s", "2026-11-21T11:59:30.000Z"],
  ["10m", "2026-11-21T11:50:00.000Z"],
  ["2h", "2026-11-21T10:00:00.000Z"],
  ["3d", "2026-11-18T12:00:00.000Z"],
  ["0s", "2026-11-21T12:00:00.000Z"],
  ["2026-11-20", "2026-11-20T00:00:00.000Z"],
  ["2026-11-20T10:00:00Z", "2026-11-20T10:00:00.000Z"],
  ["2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00.000Z"],
])("--since %s is %s", (text, moment) => {
  expect(new Date(startOf(text, now)).toISOString()).toBe(moment);
});

test.each(["yesterday", "10", "-5m", "1w", "1.5h", "10 m", "2026-13-01", "11/20/2026"])(
  "--since %s is refused with what is allowed",
  (text) => {
    expect(() => startOf(text, now)).toThrow(`--since ${text} is not a time`);
  },
);
