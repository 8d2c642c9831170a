import type { EndpointConfigRecord } from "../control-plane/records";
import type { Fleet } from "./fleet";
import type { LiveVariant } from "./live-variant";
import type { AnswerObserver, ObservedRequest } from "./observed-request";

export type { AnswerObserver, ObservedRequest } from "./observed-request";

export interface LastInvocation {
  readonly status: number;
  readonly milliseconds: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** An update's new fleet, and the part of the traffic it gets. */
interface Arrival {
  readonly fleet: Fleet;
  readonly share: number;
}

/**
 * An endpoint as it serves now: a fleet, and during an update a second one. The runtime asks it which variant takes a request, and shows it
 * what passes.
 */
export class LiveEndpoint {
  lastInvocation?: LastInvocation;
  private arrival: Arrival | undefined;

  constructor(private fleet: Fleet) {}

  /** The configuration that serves; during an update the old one. */
  get config(): EndpointConfigRecord {
    return this.fleet.config;
  }

  get variants(): readonly LiveVariant[] {
    return this.fleet.variants;
  }

  get serving(): Fleet {
    return this.fleet;
  }

  /** The variant of that name (`undefined` when there is none), or one drawn by weight. A variant of weight 0 is reached by name only. */
  choose(targetVariant?: string): LiveVariant | undefined {
    if (this.arrival === undefined || Math.random() >= this.arrival.share) {
      return this.fleet.choose(targetVariant) ?? this.arrival?.fleet.choose(targetVariant);
    }
    return this.arrival.fleet.choose(targetVariant) ?? this.fleet.choose(targetVariant);
  }

  /** To be called with each request that goes to a container; what it returns, if anything, wants to see the answer. */
  observe(request: ObservedRequest): AnswerObserver | undefined {
    const fleet = this.arrival?.fleet.variants.some((variant) => variant === request.variant) ? this.arrival.fleet : this.fleet;
    return fleet.observe(request);
  }

  /** Sends a share (0 to 1) of the traffic to an update's new fleet. */
  shift(fleet: Fleet, share: number): void {
    this.arrival = { fleet, share };
  }

  /** From now on this fleet alone serves. Returns the one that served until now. */
  settle(fleet: Fleet): Fleet {
    const old = this.fleet;
    this.fleet = fleet;
    this.arrival = undefined;
    return old;
  }
}
