import type { IncomingMessage } from "node:http";
import type { InvocationMeter } from "../autoscaling/invocation-meter";
import type { Journal } from "../console/journal";
import type { Region } from "../control-plane/region";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { AnswerObserver, LiveEndpoint } from "../hosting/live-endpoint";
import type { LiveVariant } from "../hosting/live-variant";
import type { Invocation, ServingInstance, Stage } from "../hosting/serving-instance";
import { admit, chooseVariant, targetContainer, unavailable } from "./admission";
import { type ContainerCall, type ContainerClient, ContainerFailure } from "./container-call";
import { modelFailure } from "./container-failure";
import type { RuntimeLimits } from "./limits";
import { bodyLimit } from "./limits";
import { containerHeaders, type RequestMembers } from "./request-members";
import { type LogPlace, modelError } from "./runtime-error";
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

/** A request on its way: which variant takes it, and whether only one of its instances, or of their containers, may. */
export interface Target {
  readonly variant: LiveVariant;
  readonly instance?: ServingInstance | undefined;
  readonly container?: string | undefined;
  /** The last call to a container for it, once there is one, and how long the containers before that one had it. */
  call?: ContainerCall;
  earlierMilliseconds?: number;
}

/** A request as its containers get it. */
export interface ContainerInput {
  readonly members: RequestMembers;
  readonly body: Buffer;
  /** The whole answer must have come within this, of however many containers. */
  readonly milliseconds: number;
  /** How long it waits for the container of a serverless variant to start; left out, as long as that takes. */
  readonly patience?: number;
}

/** The last container has begun to answer with success. `invocation.end` is still to be called. */
export interface StartedAnswer {
  readonly invocation: Invocation;
  readonly stage: Stage;
  readonly call: ContainerCall;
  readonly incoming: IncomingMessage;
  readonly observer: AnswerObserver | undefined;
}

/** The instance of the session, the variant that is asked for, or one drawn by weight. */
export function chooseTarget({ sessions }: RuntimeServices, endpoint: LiveEndpoint, name: string, members: RequestMembers): Target {
  const session = sessions.find(members.SessionId, endpoint);
  const variant = session?.variant ?? chooseVariant(endpoint, name, members.TargetVariant);
  return { variant, instance: session?.instance, container: targetContainer(variant, name, members) };
}

/**
 * Sends a request to an instance and waits for the head of its answer. An instance that accepts no connection has not seen the request,
 * which then goes to the next one. Throws the error for the caller.
 */
export async function startInvocation(
  { client, limits }: RuntimeServices,
  region: Region,
  endpoint: LiveEndpoint,
  target: Target,
  input: ContainerInput,
): Promise<StartedAnswer> {
  const { variant, instance, container } = target;
  const { body, milliseconds } = input;
  const headers = containerHeaders(input.members);
  const refusing = new Set<string>();
  for (;;) {
    const invocation = await admit(
      variant,
      (candidate) => (instance === undefined || candidate === instance) && !refusing.has(candidate.id),
      container,
      input.patience,
    );
    const observer = refusing.size === 0 ? endpoint.observe({ variant, headers, body, container }) : undefined;
    let stage: Stage = invocation;
    try {
      // Whoever is behind the first container gets its answer, and whoever asks waits for all of them together.
      const way: readonly Stage[] = invocation.rest;
      let call = client.call({
        url: stage.url,
        headers: way.length > 0 ? withoutAccept(headers) : headers,
        body,
        bytes: body.length,
        milliseconds,
      });
      target.call = call;
      target.earlierMilliseconds = 0;
      let incoming = await successOf(call, stage, region);
      for (const [index, next] of way.entries()) {
        const answer = await call.read(bodyLimit(variant, limits));
        target.earlierMilliseconds += call.elapsed;
        stage = next;
        const passed = { ...(index === way.length - 1 ? headers : withoutAccept(headers)), ...typeOf(incoming) };
        const left = Math.max(1, milliseconds - target.earlierMilliseconds);
        call = client.call({ url: stage.url, headers: passed, body: answer, bytes: answer.length, milliseconds: left });
        target.call = call;
        incoming = await successOf(call, stage, region);
      }
      return { invocation, stage, call, incoming, observer };
    } catch (error) {
      if (!(error instanceof ContainerFailure)) {
        invocation.end("answered");
        throw error;
      }
      invocation.end(error.kind === "refused" ? "refused" : "failed", stage);
      if (error.kind !== "refused" || stage !== invocation) {
        throw modelFailure(error, logPlace(stage, region));
      }
      refusing.add(invocation.instance);
      if (refusing.size >= variant.instances.length) {
        throw unavailable(`The container of production variant ${variant.name} does not accept connections; it is being started again.`);
      }
    }
  }
}

export function logPlace({ logStreamArn, container }: Stage, { account }: Region): LogPlace {
  return { logStreamArn, account, container };
}

/** The head of a successful answer. Throws ModelError for another one. */
async function successOf(call: ContainerCall, stage: Stage, region: Region): Promise<IncomingMessage> {
  const incoming = await call.answer;
  const status = incoming.statusCode ?? 500;
  if (status < 200 || status > 299) {
    throw modelError(status, await call.readError(), logPlace(stage, region));
  }
  return incoming;
}

/** Between containers there is nobody who accepts: what the caller accepts is for the last one. */
function withoutAccept({ accept: _, ...rest }: Readonly<Record<string, string>>): Record<string, string> {
  return rest;
}

function typeOf({ headers }: IncomingMessage): Record<string, string> {
  return headers["content-type"] === undefined ? {} : { "content-type": headers["content-type"] };
}
