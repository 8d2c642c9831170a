import type { EndpointConfigRecord } from "../control-plane/records";
import type { LiveVariant } from "./live-variant";

export interface LastInvocation {
  readonly status: number;
  readonly milliseconds: number;
  /** ISO 8601. */
  readonly at: string;
}

/** A request as a container gets it. */
export interface ObservedRequest {
  readonly variant: LiveVariant;
  /** The headers the container gets, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sees a successful answer as it passes by. */
export interface AnswerObserver {
  chunk(bytes: Buffer): void;
  /** The whole answer has passed. */
  end(contentType: string): void;
}

/** Sees every request; it must neither throw nor wait. Without an observer in return the answer need not be shown. */
export type RequestObserver = (request: ObservedRequest) => AnswerObserver | undefined;

/** An endpoint as it serves now. The runtime asks it which variant takes a request, and shows it what passes. */
export class LiveEndpoint {
  lastInvocation?: LastInvocation;
  private readonly observers: RequestObserver[] = [];

  constructor(
    readonly config: EndpointConfigRecord,
    readonly variants: readonly LiveVariant[],
  ) {}

  /** The variant of that name (`undefined` when there is none), or one drawn by weight. A variant of weight 0 is reached by name only. */
  choose(targetVariant?: string): LiveVariant | undefined {
    if (targetVariant !== undefined) {
      return this.variants.find(({ name }) => name === targetVariant);
    }
    let drawn = Math.random() * this.variants.reduce((sum, { weight }) => sum + weight, 0);
    const chosen = this.variants.find(({ weight }) => {
      drawn -= weight;
      return drawn < 0;
    });
    return chosen ?? this.variants[0];
  }

  /** To be called with each request that goes to a container; what it returns, if anything, wants to see the answer. */
  observe(request: ObservedRequest): AnswerObserver | undefined {
    const observers = this.observers.flatMap((observer) => observer(request) ?? []);
    if (observers.length === 0) {
      return undefined;
    }
    return {
      chunk: (bytes) => {
        for (const observer of observers) observer.chunk(bytes);
      },
      end: (contentType) => {
        for (const observer of observers) observer.end(contentType);
      },
    };
  }
}
