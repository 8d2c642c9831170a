/** A number of places, each held by one request at a time. */
export class Slots {
  private readonly waiting: (() => void)[] = [];
  private free: number;
  private numbered = 0;

  constructor(count: number) {
    this.free = count;
  }

  /** Waits for a place; the function that is returned gives it back. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.free > 0) {
      this.free--;
    } else {
      await new Promise<void>((resolve, reject) => {
        const aborted = (): void => {
          this.waiting.splice(this.waiting.indexOf(granted), 1);
          reject(signal.reason);
        };
        const granted = (): void => {
          signal.removeEventListener("abort", aborted);
          resolve();
        };
        signal.addEventListener("abort", aborted, { once: true });
        this.waiting.push(granted);
      });
    }
    let held = true;
    return () => {
      if (held) {
        held = false;
        this.give();
      }
    };
  }

  /** A number that was not given before. */
  number(): number {
    return this.numbered++;
  }

  private give(): void {
    const next = this.waiting.shift();
    if (next === undefined) {
      this.free++;
    } else {
      next();
    }
  }
}
