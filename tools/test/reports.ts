import { failedOnce, type Outcome } from "./outcome";

/** How the test runner's process ended: its exit code, or what stopped it. */
export type Ending = number | string;

/** One process of a test runner, counted. */
export interface TestRun {
  readonly outcome: Outcome;
  /** Tests that failed, by file and name; a file that broke before its first test by its name alone. */
  readonly failedTests: readonly string[];
  readonly failedFiles: readonly string[];
  /** Tests that passed in a file that has failures too. */
  readonly passedInFailedFiles: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly VitestFile[];
}

interface VitestFile {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

/**
 * Reads vitest's JSON report. A file that failed before its first test counts as one failure, and so does anything else that made vitest
 * fail (an unhandled rejection, no tests at all, a crash with no report).
 */
export function readVitestReport(json: string | undefined, ending: Ending): TestRun {
  if (json === undefined) return unknown(failedOnce(`vitest wrote no report (${describe(ending)})`));
  const report = JSON.parse(json) as VitestReport;
  const failedFiles = report.testResults.filter(({ status }) => status === "failed");
  const failedTests = failedFiles.flatMap(({ name, assertionResults }) => {
    const tests = assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => `${name}: ${fullName}`);
    return tests.length === 0 ? [name] : tests;
  });
  const broken = failedFiles.filter(({ assertionResults }) => assertionResults.every(({ status }) => status !== "failed"));
  const failed = report.numFailedTests + broken.length;
  return {
    outcome: settle({ passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests }, "vitest", ending),
    failedTests,
    failedFiles: failedFiles.map(({ name }) => name),
    passedInFailedFiles: failedFiles.flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => status === "passed").length,
  };
}

/** Reads pytest's JUnit report, by the same rules. A file stands there as a module's name. */
export function readJunitReport(xml: string | undefined, ending: Ending): TestRun {
  if (xml === undefined) return unknown(failedOnce(`pytest wrote no report (${describe(ending)})`));
  const suite = /<testsuite [^>]*>/.exec(xml)?.[0] ?? "";
  const count = (name: string) => Number(attribute(suite, name) ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  const cases = xml.split("<testcase ").slice(1);
  const failing = cases.filter((text) => /<(failure|error)\b/.test(text));
  return {
    outcome: settle({ passed: count("tests") - failed - skipped, failed, skipped }, "pytest", ending),
    failedTests: failing.map((text) => `${attribute(text, "classname") ?? ""}: ${attribute(text, "name") ?? ""}`),
    failedFiles: [...new Set(failing.map((text) => attribute(text, "classname") ?? ""))],
    passedInFailedFiles: 0, // the second run is of the failed tests alone
  };
}

function attribute(text: string, name: string): string | undefined {
  return new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(text)?.[1];
}

function unknown(outcome: Outcome): TestRun {
  return { outcome, failedTests: [], failedFiles: [], passedInFailedFiles: 0 };
}

function settle(counts: Outcome, runner: string, ending: Ending): Outcome {
  if (counts.passed + counts.failed + counts.skipped === 0) return failedOnce(`${runner} found no tests (${describe(ending)})`);
  if (ending !== 0 && counts.failed === 0)
    return { ...counts, failed: 1, note: `every test passed, but ${runner} failed (${describe(ending)})` };
  return counts;
}

const describe = (ending: Ending): string => (typeof ending === "number" ? `exit code ${ending}` : ending);
