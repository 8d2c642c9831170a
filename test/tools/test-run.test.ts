import { describe, expect, it } from "vitest";
import { failedOnce, isGreen, notRun, passedOnce, summarize } from "../../tools/test/outcome";
import { readJunitReport, readVitestReport } from "../../tools/test/reports";

const vitest = (o: { passed?: number; failed?: number; pending?: number; brokenFiles?: number }) =>
  JSON.stringify({
    numPassedTests: o.passed ?? 0,
    numFailedTests: o.failed ?? 0,
    numPendingTests: o.pending ?? 0,
    numTodoTests: 0,
    testResults: Array.from({ length: o.brokenFiles ?? 0 }, (_, i) => ({ name: `${i}.test.ts`, status: "failed", assertionResults: [] })),
  });

const junit = (attributes: string) =>
  `<?xml version="1.0"?><testsuites name="all"><testsuite name="pytest" ${attributes} time="1.2"></testsuite></testsuites>`;

describe("a vitest run", () => {
  it("is counted by its tests", () => {
    expect(readVitestReport(vitest({ passed: 7, pending: 1 }), 0)).toEqual({ passed: 7, failed: 0, skipped: 1 });
    expect(readVitestReport(vitest({ passed: 7, failed: 2 }), 1)).toEqual({ passed: 7, failed: 2, skipped: 0 });
  });

  it("counts a file that broke before its first test as a failure", () => {
    expect(readVitestReport(vitest({ passed: 7, brokenFiles: 2 }), 1)).toEqual({ passed: 7, failed: 2, skipped: 0 });
  });

  it("that passes every test and still exits non-zero has failed", () => {
    expect(readVitestReport(vitest({ passed: 7 }), 1)).toMatchObject({ passed: 7, failed: 1 });
  });

  it("without tests, or without a report, has failed", () => {
    expect(readVitestReport(vitest({}), 0)).toEqual(failedOnce("vitest found no tests (exit code 0)"));
    expect(readVitestReport(undefined, "ended by SIGKILL")).toEqual(failedOnce("vitest wrote no report (ended by SIGKILL)"));
  });
});

describe("a pytest run", () => {
  it("is counted by its report, errors as failures", () => {
    expect(readJunitReport(junit('errors="1" failures="2" skipped="3" tests="10"'), 1)).toEqual({ passed: 4, failed: 3, skipped: 3 });
  });

  it("without tests has failed", () => {
    expect(readJunitReport(junit('errors="0" failures="0" skipped="0" tests="0"'), 5)).toEqual(
      failedOnce("pytest found no tests (exit code 5)"),
    );
  });
});

describe("the whole run", () => {
  it("ends with the sums, and names skipped tests only when there are some", () => {
    const many = { passed: 41, failed: 0, skipped: 0 };
    expect(summarize([many, passedOnce])).toBe("42 passed, 0 failed");
    expect(summarize([many, failedOnce("x"), notRun("no Docker")])).toBe("41 passed, 1 failed, 1 skipped");
  });

  it("is green only when something passed and nothing failed", () => {
    expect(isGreen([passedOnce, notRun("no Docker")])).toBe(true);
    expect(isGreen([passedOnce, failedOnce("x")])).toBe(false);
    expect(isGreen([notRun("no Docker")])).toBe(false);
    expect(isGreen([])).toBe(false);
  });
});
