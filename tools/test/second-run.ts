import { type Outcome, summarize } from "./outcome";
import type { TestRun } from "./reports";

/** More than this is no accident of a busy machine, and its output is to be read rather than doubled. */
const MOST_TESTS = 5;
const MOST_FILES = 2;

/**
 * Runs files with a few failures once more, with nothing beside them. A test that then passes is unsteady: it does not fail the run, but is counted and named, so
 * that it is mended rather than hidden. One that fails again, and a run that was killed or broke outside its tests, stays failed.
 */
export async function withSecondRun(
  first: TestRun,
  again: (files: readonly string[]) => Promise<TestRun>,
  say: (line: string) => void,
): Promise<Outcome> {
  if (!worthAnother(first)) return first.outcome;
  say(`   ${first.outcome.failed} failed; once more, alone: ${first.failedFiles.join(", ")}`);
  const second = await again(first.failedFiles);
  const passed = first.outcome.passed - first.passedInFailedFiles + second.outcome.passed;
  if (second.outcome.failed > 0) return { ...first.outcome, note: `failed twice, the second time ${summarize([second.outcome])}` };
  return { passed, failed: 0, skipped: first.outcome.skipped, unsteady: first.failedTests };
}

function worthAnother({ outcome, failedTests, failedFiles }: TestRun): boolean {
  const known = failedTests.length > 0 && failedTests.length === outcome.failed;
  return known && failedTests.length <= MOST_TESTS && failedFiles.length <= MOST_FILES;
}
