import { describe, expect, it } from "vitest";
import { failedOnce, isGreen, notRun, passedOnce, summarize } from "../../tools/test/outcome";
import { readJunitReport, readVitestReport, type TestRun } from "../../tools/test/reports";
import { withSecondRun } from "../../tools/test/second-run";

const vitest = (o: { passed?: number; failed?: number; pending?: number; brokenFiles?: number }) =>
  JSON.stringify({
    numPassedTests: o.passed ?? 0,
    numFailedTests: o.failed ?? 0,
    numPendingTests: o.pending ?? 0,
    numTodoTests: 0,
    testResults: [
      ...Array.from({ length: o.brokenFiles ?? 0 }, (_, i) => ({ name: `broken-${i}.test.ts`, status: "failed", assertionResults: [] })),
      ...Array.from({ length: o.failed ?? 0 }, (_, i) => ({
        name: `failing-${i}.test.ts`,
        status: "failed",
        assertionResults: [
          { status: "passed", fullName: "holds" },
          { status: "failed", fullName: "does not" },
        ],
      })),
    ],
  });

const junit = (attributes: string, cases = "") =>
  `<?xml version="1.0"?><testsuites name="all"><testsuite name="pytest" ${attributes} time="1.2">${cases}</testsuite></testsuites>`;

describe("a vitest run", () => {
  it("is counted by its tests", () => {
    expect(readVitestReport(vitest({ passed: 7, pending: 1 }), 0).outcome).toEqual({ passed: 7, failed: 0, skipped: 1 });
    expect(readVitestReport(vitest({ passed: 7, failed: 2 }), 1).outcome).toEqual({ passed: 7, failed: 2, skipped: 0 });
  });

  it("counts a file that broke before its first test as a failure", () => {
    expect(readVitestReport(vitest({ passed: 7, brokenFiles: 2 }), 1).outcome).toEqual({ passed: 7, failed: 2, skipped: 0 });
  });

  it("that passes every test and still exits non-zero has failed", () => {
    expect(readVitestReport(vitest({ passed: 7 }), 1).outcome).toMatchObject({ passed: 7, failed: 1 });
  });

  it("without tests, or without a report, has failed", () => {
    expect(readVitestReport(vitest({}), 0).outcome).toEqual(failedOnce("vitest found no tests (exit code 0)"));
    expect(readVitestReport(undefined, "ended by SIGKILL").outcome).toEqual(failedOnce("vitest wrote no report (ended by SIGKILL)"));
  });
});

describe("a pytest run", () => {
  it("is counted by its report, errors as failures", () => {
    expect(readJunitReport(junit('errors="1" failures="2" skipped="3" tests="10"'), 1).outcome).toEqual({
      passed: 4,
      failed: 3,
      skipped: 3,
    });
  });

  it("without tests has failed", () => {
    expect(readJunitReport(junit('errors="0" failures="0" skipped="0" tests="0"'), 5).outcome).toEqual(
      failedOnce("pytest found no tests (exit code 5)"),
    );
  });
});

describe("tests that failed", () => {
  const again = (run: TestRun) => {
    const asked: (readonly string[])[] = [];
    return { asked, run: (files: readonly string[]) => Promise.resolve(run).finally(() => asked.push(files)) };
  };
  const silent = () => undefined;

  it("are named by file, and run once more with what else their files hold", async () => {
    const first = readVitestReport(vitest({ passed: 9, failed: 1, brokenFiles: 1 }), 1);
    expect(first.failedTests).toEqual(["broken-0.test.ts", "failing-0.test.ts: does not"]);
    const second = again(readVitestReport(vitest({ passed: 5 }), 0));
    expect(await withSecondRun(first, second.run, silent)).toEqual({ passed: 13, failed: 0, skipped: 0, unsteady: first.failedTests });
    expect(second.asked).toEqual([["broken-0.test.ts", "failing-0.test.ts"]]);
  });

  it("stay failed when they fail again", async () => {
    const first = readVitestReport(vitest({ passed: 9, failed: 1 }), 1);
    const outcome = await withSecondRun(first, again(first).run, silent);
    expect(outcome).toEqual({ passed: 9, failed: 1, skipped: 0, note: "failed twice, the second time 9 passed, 1 failed" });
    expect(isGreen([outcome])).toBe(false);
  });

  it("stay failed when they are many, when nothing names them, or when the second run does not end well", async () => {
    const never = () => Promise.reject(new Error("not to be run again"));
    const many = readVitestReport(vitest({ passed: 9, failed: 3 }), 1);
    expect(await withSecondRun(many, never, silent)).toBe(many.outcome);
    const nameless = readVitestReport(vitest({ passed: 9 }), 1);
    expect(await withSecondRun(nameless, never, silent)).toBe(nameless.outcome);
    const few = readVitestReport(vitest({ passed: 9, failed: 1 }), 1);
    expect(await withSecondRun(few, again(readVitestReport(undefined, "ended by SIGTERM")).run, silent)).toMatchObject({ failed: 1 });
  });

  it("of pytest are run again by themselves", async () => {
    const cases =
      '<testcase classname="tests.test_a" name="holds"/><testcase classname="tests.test_a" name="no"><failure message="x"/></testcase>';
    const first = readJunitReport(junit('errors="0" failures="1" skipped="0" tests="2"', cases), 1);
    expect(first).toMatchObject({ failedTests: ["tests.test_a: no"], failedFiles: ["tests.test_a"] });
    const second = again(readJunitReport(junit('errors="0" failures="0" skipped="0" tests="1"'), 0));
    expect(await withSecondRun(first, second.run, silent)).toMatchObject({ passed: 2, failed: 0, unsteady: ["tests.test_a: no"] });
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
