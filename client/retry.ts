import { setTimeout as sleep } from "node:timers/promises";

/** When and how often a call is repeated. */
export interface RetryPolicy {
  /** Calls in all, the first included. @default 4 */
  readonly attempts: number;
  /** Upper bound of the first wait, in milliseconds; it doubles each time. @default 100 */
  readonly baseMs: number;
  /** Upper bound of any wait, in milliseconds. @default 5000 */
  readonly maxMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 4, baseMs: 100, maxMs: 5_000 };

/** Retries one client may make at once beyond its successes: when a service is down for everyone, repeating makes it worse. */
export class RetryBudget {
  private tokens: number;

  constructor(private readonly capacity = 50) {
    this.tokens = capacity;
  }

  /** Takes the cost of one retry; false when the budget is spent. */
  take(): boolean {
    if (this.tokens < 5) return false;
    this.tokens -= 5;
    return true;
  }

  /** A success earns a little back. */
  earn(): void {
    this.tokens = Math.min(this.capacity, this.tokens + 1);
  }
}

export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly budget: RetryBudget;
  readonly signal: AbortSignal;
  isRetryable(error: unknown): boolean;
  /** 0 to 1, exclusive. @default Math.random */
  random?(): number;
}

/** Calls until it works, the error is final, the policy or the budget is used up, or the signal aborts. `attempt` counts from 1. */
export async function withRetries<T>(call: (attempt: number) => Promise<T>, context: RetryContext): Promise<T> {
  const { policy, budget, signal } = context;
  for (let attempt = 1; ; attempt++) {
    try {
      const value = await call(attempt);
      budget.earn();
      return value;
    } catch (error) {
      if (signal.aborted || attempt >= policy.attempts || !context.isRetryable(error) || !budget.take()) throw error;
      const bound = Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1));
      // Full jitter: callers that failed together do not come back together.
      await sleep((context.random ?? Math.random)() * bound, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}
