import type { IncomingHttpHeaders } from "node:http";
import type { LiveEndpoint } from "../hosting/live-endpoint";
import type { LiveVariant } from "../hosting/live-variant";
import type { Invocation, ServingInstance } from "../hosting/serving-instance";
import { steadyNow } from "../steady-clock";
import { single } from "./request-members";

/** What a container says of the session it has made: its id, and when it forgets it. */
const newSession = /^([a-zA-Z0-9](?:-*[a-zA-Z0-9])*);\sExpires=(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)$/;

interface Session {
  readonly endpointArn: string;
  readonly variantName: string;
  /** Id of the instance that made it. */
  readonly instanceId: string;
  /** By the steady clock: the machine's may jump while a session lives. */
  readonly expiresAt: number;
}

/** Which instance holds which stateful session. The container makes, expires and ends them; here is only the way to it. */
export class Sessions {
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly now: () => number = steadyNow) {}

  /** The variant and instance of a session; `undefined` when it is not known here or its instance is gone: any container may then refuse it. */
  find(id: string | undefined, endpoint: LiveEndpoint): { readonly variant: LiveVariant; readonly instance: ServingInstance } | undefined {
    const session = id === undefined ? undefined : this.sessions.get(id);
    if (session === undefined || session.expiresAt <= this.now()) {
      return undefined;
    }
    const variant = endpoint.variants.find(({ name }) => name === session.variantName);
    const instance = variant?.instances.find(({ id, ready }) => id === session.instanceId && ready);
    return variant === undefined || instance === undefined ? undefined : { variant, instance };
  }

  /** Keeps what an answer says of sessions; returns the headers of it that are for the caller. */
  note(headers: IncomingHttpHeaders, endpointArn: string, { variantName, instance }: Invocation): Record<string, string> {
    const made = single(headers["x-amzn-sagemaker-new-session-id"]);
    const closed = single(headers["x-amzn-sagemaker-closed-session-id"]);
    const [, id, expires] = newSession.exec(made ?? "") ?? [];
    if (id !== undefined && expires !== undefined) {
      this.forgetExpired();
      this.sessions.set(id, { endpointArn, variantName, instanceId: instance, expiresAt: this.now() + Date.parse(expires) - Date.now() });
    }
    if (closed !== undefined) {
      this.sessions.delete(closed);
    }
    return {
      ...(id === undefined || made === undefined ? {} : { "x-amzn-sagemaker-new-session-id": made }),
      ...(closed === undefined ? {} : { "x-amzn-sagemaker-closed-session-id": closed }),
    };
  }

  private forgetExpired(): void {
    const now = this.now();
    for (const [id, { expiresAt }] of this.sessions) {
      if (expiresAt <= now) {
        this.sessions.delete(id);
      }
    }
  }
}
