import { setTimeout as pause } from "node:timers/promises";

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2_000;

/**
 * Looks until the answer is final, at growing intervals (a tenth of the time gone by, 0.1 to 2 s), so that short waits end at once
 * and long ones cost little. Ends with the signal's reason when aborted.
 */
export async function waitFor<State>(signal: AbortSignal, look: () => Promise<State>, isFinal: (state: State) => boolean): Promise<State> {
  const start = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const state = await look();
    if (isFinal(state)) return state;
    const interval = Math.min(Math.max((performance.now() - start) / 10, FIRST_PAUSE), LONGEST_PAUSE);
    await pause(interval, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
