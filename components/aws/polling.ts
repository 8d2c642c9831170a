/** Time as a gate sees it; tests give their own. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Pause before the next look, in milliseconds: a tenth of the time waited so far, from 0.25 s to 15 s. */
export function pollInterval(elapsed: number): number {
  return Math.min(15_000, Math.max(250, elapsed / 10));
}

/** Errors of a request that say nothing about the thing asked for: throttling, a service in trouble, a broken connection. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  const { name, message } = error;
  const status = "$metadata" in error ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode : undefined;
  const code = "code" in error ? String(error.code) : "";
  return (
    /Throttl|TooManyRequests|RequestLimitExceeded|Timeout|ServiceUnavailable|InternalFailure|InternalServer/.test(name) ||
    /Rate exceeded/i.test(message) ||
    (status !== undefined && status >= 500) ||
    /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/.test(code)
  );
}

/** How often in a row a request may fail for passing reasons before the error counts. */
const patience = 8;

/** Asks until `done` holds, with growing pauses. Errors that pass are waited out; all others are thrown. */
export async function pollUntil<T>(ask: () => Promise<T>, done: (answer: T) => boolean, clock: Clock): Promise<T> {
  const start = clock.now();
  let failures = 0;
  for (;;) {
    try {
      const answer = await ask();
      failures = 0;
      if (done(answer)) {
        return answer;
      }
    } catch (error) {
      failures++;
      if (!isPassing(error) || failures > patience) {
        throw error;
      }
    }
    await clock.sleep(failures > 0 ? Math.min(15_000, 250 * 2 ** failures) : pollInterval(clock.now() - start));
  }
}
