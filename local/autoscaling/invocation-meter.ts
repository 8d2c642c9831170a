/** A request to a variant whose answer is out. */
export interface MeteredInvocation {
  readonly region: string;
  readonly endpoint: string;
  readonly variant: string;
  readonly serverless: boolean;
  /** Instances the variant was to have. */
  readonly instances: number;
  /** From the request's arrival to the answer's end, in milliseconds. */
  readonly milliseconds: number;
  /** How long the container had it; `undefined` when none did. */
  readonly modelMilliseconds: number | undefined;
  /** The container's status; `undefined` when it answered with success, or not at all. */
  readonly modelStatus: number | undefined;
  /** The container did not answer with success. */
  readonly modelFailed: boolean;
}

/** The requests to one variant since they were taken last. */
export interface VariantTraffic {
  readonly region: string;
  readonly endpoint: string;
  readonly variant: string;
  readonly serverless: boolean;
  readonly invocations: readonly MeteredInvocation[];
}

/** An asynchronous request that an instance has answered, or failed. */
export interface FinishedRequest {
  readonly region: string;
  readonly endpoint: string;
  readonly variant: string;
  readonly hasFailed: boolean;
}

/** Requests of one variant that are held for CloudWatch; further ones are counted only. */
const mostHeld = 100_000;

/** Counts the requests of every variant, for scaling and for CloudWatch. */
export class InvocationMeter {
  private readonly counts = new Map<string, number>();
  private held = new Map<string, MeteredInvocation[]>();
  private finished = new Map<string, FinishedRequest[]>();

  note(invocation: MeteredInvocation): void {
    const key = variantKey(invocation.region, invocation.endpoint, invocation.variant);
    this.counts.set(key, this.count(key) + 1);
    const held = this.held.get(key);
    if (held === undefined) {
      this.held.set(key, [invocation]);
    } else if (held.length < mostHeld) {
      held.push(invocation);
    }
  }

  noteAsync(request: FinishedRequest): void {
    const key = variantKey(request.region, request.endpoint, request.variant);
    const finished = this.finished.get(key) ?? [];
    this.finished.set(key, finished);
    if (finished.length < mostHeld) {
      finished.push(request);
    }
  }

  /** Requests since the daemon started. */
  count(key: string): number {
    return this.counts.get(key) ?? 0;
  }

  /** The requests since the last call. */
  take(): VariantTraffic[] {
    const { held } = this;
    this.held = new Map();
    return [...held.values()].flatMap((invocations) => {
      const [first] = invocations;
      return first === undefined
        ? []
        : [{ region: first.region, endpoint: first.endpoint, variant: first.variant, serverless: first.serverless, invocations }];
    });
  }

  /** The asynchronous requests of each variant that were finished since the last call. */
  takeAsync(): (readonly [FinishedRequest, ...FinishedRequest[]])[] {
    const { finished } = this;
    this.finished = new Map();
    return [...finished.values()].flatMap(([first, ...more]) => (first === undefined ? [] : [[first, ...more] as const]));
  }
}

export function variantKey(region: string, endpoint: string, variant: string): string {
  return `${region}/${endpoint}/${variant}`;
}
