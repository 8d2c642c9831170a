/** Bounds how many requests of a client are under way; the others wait their turn, first come, first served. */
export class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** Runs the work when a slot is free. Rejects with the signal's reason when that comes first. */
  async use<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const release = await this.take(signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Takes a slot; whoever has it gives it back, once. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.free > 0) this.free -= 1;
    else await this.turn(signal);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    };
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((settle, fail) => {
      const go = () => {
        signal.removeEventListener("abort", give);
        settle();
      };
      const give = () => {
        this.waiting.splice(this.waiting.indexOf(go), 1);
        fail(signal.reason as Error);
      };
      this.waiting.push(go);
      signal.addEventListener("abort", give, { once: true });
    });
  }
}
