/** What one part of the test run came to. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why something failed or did not run, when its own output does not say. */
  readonly note?: string;
  /** Tests that failed and then passed alone: counted as passed, and named at the end. */
  readonly unsteady?: readonly string[];
}

export const passedOnce: Outcome = { passed: 1, failed: 0, skipped: 0 };

export function failedOnce(note: string): Outcome {
  return { passed: 0, failed: 1, skipped: 0, note };
}

export function notRun(note: string): Outcome {
  return { passed: 0, failed: 0, skipped: 1, note };
}

/** The last line of a test run. */
export function summarize(outcomes: readonly Outcome[]): string {
  const sum = (key: "passed" | "failed" | "skipped") => outcomes.reduce((total, outcome) => total + outcome[key], 0);
  const skipped = sum("skipped");
  return `${sum("passed")} passed, ${sum("failed")} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`;
}

/** Green means that something ran and nothing failed. */
export function isGreen(outcomes: readonly Outcome[]): boolean {
  return outcomes.some((outcome) => outcome.passed > 0) && outcomes.every((outcome) => outcome.failed === 0);
}
