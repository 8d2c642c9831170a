import * as pulumi from "@pulumi/pulumi";
import { seconds } from "../arguments";
import type { RecordedResource } from "../recorded-state";
import type { ApiSettings } from "./api-args";
import { type CallerNodes, createCaller, type FrontContext } from "./caller";
import { handedOver } from "./handover";
import { createHttpApi, type HttpApiNodes } from "./http-front";
import type { ModelWay } from "./model-way";
import { corsOf } from "./operations";
import { createRestApi, type RestApiNodes } from "./rest-front";
import { createFunctionUrl, type FunctionUrlNodes } from "./stream-front";

/** A way with its function as the stack's state has it. */
export interface RecordedWay {
  readonly way: ModelWay;
  readonly recorded: pulumi.Output<RecordedResource | undefined>;
}

/** The resources of one front; of `http`, `rest` and `stream` one is there. */
export interface FrontNodes {
  /** One per model, in the order of the ways. */
  readonly callers: readonly CallerNodes[];
  readonly http: HttpApiNodes | undefined;
  readonly rest: RestApiNodes | undefined;
  readonly stream: FunctionUrlNodes | undefined;
}

export interface Front {
  readonly nodes: FrontNodes;
  /** By path; known when the whole way is there, so that whoever is told a URL can call it. */
  readonly urls: pulumi.Output<Record<string, string>>;
}

/** Functions, and the API (or the function URL) before them. */
export function createFront(
  context: FrontContext,
  name: string,
  description: string,
  settings: ApiSettings,
  ways: readonly RecordedWay[],
): Front {
  const isRest = settings.kind === "rest";
  // Elsewhere AWS answers preflights itself.
  const cors = isRest ? corsOf(settings, ways.some(({ way }) => way.serving === "async") ? ["POST", "GET"] : ["POST"]) : undefined;
  const callers = ways.map(({ way }) => createCaller(context, way, cors));
  const functions = ways.flatMap(({ way }, index) => {
    const caller = callers[index];
    return caller === undefined ? [] : [{ way, lambda: caller.function }];
  });
  const [first] = functions;
  const none = { callers, http: undefined, rest: undefined, stream: undefined };
  warnOfQuota(context, settings, ways);
  if (first?.way.mode === "stream") {
    const stream = createFunctionUrl(context, first.way, settings, first.lambda);
    return { nodes: { ...none, stream: stream.nodes }, urls: urlsOf(stream, ways, callers) };
  }
  if (isRest) {
    const rest = createRestApi(context, name, description, settings, functions);
    return { nodes: { ...none, rest: rest.nodes }, urls: urlsOf(rest, ways, callers) };
  }
  const http = createHttpApi(context, name, description, settings, functions);
  return { nodes: { ...none, http: http.nodes }, urls: urlsOf(http, ways, callers) };
}

function urlsOf(
  { baseUrl, ready }: { readonly baseUrl: pulumi.Output<string>; readonly ready: pulumi.Output<unknown> },
  ways: readonly RecordedWay[],
  callers: readonly CallerNodes[],
): pulumi.Output<Record<string, string>> {
  const moved = ways.map(({ way, recorded }, index) => {
    const caller = callers[index];
    return caller === undefined ? undefined : handedOver(caller.function, recorded, way.endpointName);
  });
  return pulumi
    .all([baseUrl, ready, pulumi.all(moved)])
    .apply(([base]) => Object.fromEntries(ways.map(({ way }) => [way.path, `${base}${way.path}`])));
}

/** AWS refuses such an integration until the account's quota says otherwise, which no preview can see. */
function warnOfQuota({ parent }: FrontContext, { kind }: ApiSettings, ways: readonly RecordedWay[]): void {
  for (const { way } of ways.filter(
    ({ way: { mode, settings } }) => kind === "rest" && mode === "invoke" && seconds(settings.timeout, 29) > 29,
  )) {
    void pulumi.log.warn(
      `timeout ${way.settings.timeout} of ${way.path} is longer than 29s: AWS takes it for a regional REST API only when the account's quota ` +
        '"Maximum integration timeout in milliseconds" of API Gateway has been raised to it',
      parent,
    );
  }
}
