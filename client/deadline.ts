/** The time a call has, and the caller's own signal, as one signal. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly onAbort = () => this.controller.abort(this.outer?.reason);
  private expired = false;

  constructor(
    readonly timeoutMs: number,
    private readonly outer: AbortSignal | undefined,
  ) {
    this.timer = setTimeout(
      () => {
        this.expired = true;
        this.controller.abort(new Error(`No answer within ${timeoutMs} ms.`));
      },
      // What setTimeout can hold: 24 days.
      Math.min(timeoutMs, 2_147_483_647),
    );
    if (outer?.aborted === true) this.onAbort();
    else outer?.addEventListener("abort", this.onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Whether the time was up, and not the caller's patience. */
  get timedOut(): boolean {
    return this.expired;
  }

  /** Throws the reason of the caller's signal if that has ended the call. */
  throwIfAborted(): void {
    if (!this.expired) this.outer?.throwIfAborted();
  }

  /** Lets timer and listener go. What has come to its end by then keeps its connection. */
  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener("abort", this.onAbort);
  }

  /** Ends what still runs under this signal. */
  cancel(): void {
    this.end();
    this.controller.abort(new Error("The call is over."));
  }
}
