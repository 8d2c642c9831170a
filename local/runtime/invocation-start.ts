import type { IncomingMessage } from "node:http";
import type { InvocationMeter } from "../autoscaling/invocation-meter";
import type { Journal } from "../console/journal";
import type { Region } from "../control-plane/region";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { AnswerObserver, LiveEndpoint } from "../hosting/live-endpoint";
import type { LiveVariant } from "../hosting/live-variant";
import type { Invocation, ServingInstance } from "../hosting/serving-instance";
import { admit, chooseVariant, unavailable } from "./admission";
import { type ContainerCall, type ContainerClient, ContainerFailure } from "./container-call";
import { modelFailure } from "./container-failure";
import type { RuntimeLimits } from "./limits";
import { bodyLimit } from "./limits";
import { containerHeaders, type RequestMembers } from "./request-members";
import { modelError, type RuntimeError, validationError } from "./runtime-error";
import type { Sessions } from "./sessions";

/** What the operations of the runtime share. */
export interface RuntimeServices {
  readonly endpoints: EndpointHost;
  readonly client: ContainerClient;
  readonly sessions: Sessions;
  readonly limits: RuntimeLimits;
  readonly log: (line: string) => void;
  /** @default nobody looks */
  readonly journal?: Journal;
  /** @default nobody counts */
  readonly meter?: InvocationMeter;
}

/** A request on its way: which variant takes it, and whether only one of its instances may. */
export interface Target {
  readonly variant: LiveVariant;
  readonly instance?: ServingInstance;
  /** The last call to a container for it, once there is one. */
  call?: ContainerCall;
}

/** A container has begun to answer with success. `invocation.end` is still to be called. */
export interface StartedAnswer {
  readonly invocation: Invocation;
  readonly call: ContainerCall;
  readonly incoming: IncomingMessage;
  readonly observer: AnswerObserver | undefined;
}

/** The instance of the session, the variant that is asked for, or one drawn by weight. */
export function chooseTarget({ sessions }: RuntimeServices, endpoint: LiveEndpoint, name: string, members: RequestMembers): Target {
  return sessions.find(members.SessionId, endpoint) ?? { variant: chooseVariant(endpoint, name, members.TargetVariant) };
}

/** AWS refuses a body that is too long in other words when the endpoint is serverless. */
export function oversize(
  { variant }: Target,
  limits: RuntimeLimits,
  requestId: string,
): { readonly limit: number; readonly error?: RuntimeError } {
  const limit = bodyLimit(variant, limits);
  return variant.serverless ? { limit, error: validationError(`Request ${requestId} has oversize body.`) } : { limit };
}

/**
 * Sends a request to an instance and waits for the head of its answer. An instance that accepts no connection has not seen the request,
 * which then goes to the next one. Throws the error for the caller.
 */
export async function startInvocation(
  { client }: RuntimeServices,
  region: Region,
  endpoint: LiveEndpoint,
  target: Target,
  members: RequestMembers,
  body: Buffer,
  milliseconds: number,
): Promise<StartedAnswer> {
  const { variant, instance } = target;
  const headers = containerHeaders(members);
  const refusing = new Set<string>();
  for (;;) {
    const invocation = await admit(
      variant,
      (candidate) => (instance === undefined || candidate === instance) && !refusing.has(candidate.logStreamArn),
    );
    const observer = refusing.size === 0 ? endpoint.observe({ variant, headers, body }) : undefined;
    const call = client.call({ url: invocation.url, headers, body, bytes: body.length, milliseconds });
    target.call = call;
    const place = { logStreamArn: invocation.logStreamArn, account: region.account };
    try {
      const incoming = await call.answer;
      const status = incoming.statusCode ?? 500;
      if (status < 200 || status > 299) {
        throw modelError(status, await call.readError(), place);
      }
      return { invocation, call, incoming, observer };
    } catch (error) {
      if (!(error instanceof ContainerFailure)) {
        invocation.end("answered");
        throw error;
      }
      invocation.end(error.kind === "refused" ? "refused" : "failed");
      if (error.kind !== "refused") {
        throw modelFailure(error, place);
      }
      refusing.add(invocation.logStreamArn);
      if (refusing.size >= variant.instances.length) {
        throw unavailable(`The container of production variant ${variant.name} does not accept connections; it is being started again.`);
      }
    }
  }
}
