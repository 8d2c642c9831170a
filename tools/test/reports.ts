import { failedOnce, type Outcome } from "./outcome";

/** How the test runner's process ended: its exit code, or what stopped it. */
export type Ending = number | string;

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly name: string; readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/**
 * Reads vitest's JSON report. A file that failed before its first test counts as one failure, and so does anything else that made vitest
 * fail (an unhandled rejection, no tests at all, a crash with no report).
 */
export function readVitestReport(json: string | undefined, ending: Ending): Outcome {
  if (json === undefined) return failedOnce(`vitest wrote no report (${describe(ending)})`);
  const report = JSON.parse(json) as VitestReport;
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  const failed = report.numFailedTests + broken.length;
  return settle({ passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests }, "vitest", ending);
}

/** Reads the attributes of pytest's JUnit report, by the same rules. */
export function readJunitReport(xml: string | undefined, ending: Ending): Outcome {
  if (xml === undefined) return failedOnce(`pytest wrote no report (${describe(ending)})`);
  const suite = /<testsuite [^>]*>/.exec(xml)?.[0] ?? "";
  const count = (name: string) => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  return settle({ passed: count("tests") - failed - skipped, failed, skipped }, "pytest", ending);
}

function settle(counts: Outcome, runner: string, ending: Ending): Outcome {
  if (counts.passed + counts.failed + counts.skipped === 0) return failedOnce(`${runner} found no tests (${describe(ending)})`);
  if (ending !== 0 && counts.failed === 0)
    return { ...counts, failed: 1, note: `every test passed, but ${runner} failed (${describe(ending)})` };
  return counts;
}

const describe = (ending: Ending): string => (typeof ending === "number" ? `exit code ${ending}` : ending);
