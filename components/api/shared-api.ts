import * as pulumi from "@pulumi/pulumi";
import { anything, type Check, type Checks, checkArguments, count, isLater, join, list, object, oneOf, required, show } from "../arguments";
import { componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import type { ModelDescription } from "../model-description";
import { type PlatformExports, platformCheck, platformValues } from "../platform/platform-exports";
import { recordedChild } from "../recorded-state";
import { type ApiSettings, apiSettingsChecks, type RouteSettings, routeSettingsChecks } from "./api-args";
import { checkRouteRules, checkSettingsRules } from "./api-rules";
import { createFront, type FrontNodes } from "./front";
import { keyOf, servingOf } from "./inference-api";
import { type ModelWay, modeOf, wayAuthorization } from "./model-way";
import { apiTimeouts, operationsOf } from "./operations";

/** A model behind a shared API. A `ModelService` has these members itself. */
export interface RoutedModel {
  /** realtime, serverless or async */
  kind: string;
  /** The `outputs` of the model. */
  outputs: pulumi.Input<ModelDescription>;
}

/** The way to one model of a shared API. */
export interface SharedRouteArgs extends RouteSettings {
  model: RoutedModel;
  /** Who may call this model: NONE, AWS_IAM or JWT. Default: as the API says. */
  authorization?: string;
  /** Requests per second to this model; those of the API when left out. */
  requestsPerSecond?: number;
  /** Requests to this model at once. Default: twice `requestsPerSecond`. */
  burst?: number;
}

export interface SharedApiArgs extends ApiSettings {
  platform: pulumi.Input<PlatformExports>;
  /** Every model of the API. */
  routes: SharedRouteArgs[];
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

const routedModel: Check = (value, path, problems) => {
  // A `ModelService` has much more than these two.
  const { kind, outputs } = (typeof value === "object" && value !== null ? value : {}) as { kind?: unknown; outputs?: unknown };
  if (outputs === undefined) {
    problems.add(
      path,
      `got ${show(typeof value === "object" ? Object.keys(value ?? {}) : value)}; give a ModelService, or its kind and outputs`,
    );
  }
  if (!isLater(kind)) {
    oneOf("realtime", "serverless", "async")(kind, join(path, "kind"), problems);
  }
};

const routeChecks: Checks<SharedRouteArgs> = {
  ...routeSettingsChecks,
  model: required(routedModel),
  authorization: oneOf("NONE", "AWS_IAM", "JWT"),
  requestsPerSecond: count(1, 10_000),
  burst: count(1, 5000),
};

const sharedApiChecks: Checks<SharedApiArgs> = {
  ...apiSettingsChecks,
  platform: platformCheck,
  routes: required(
    list(object(routeChecks, { streaming: "a streamed answer needs a function URL of its own: give streaming in the model's own api" }), {
      min: 1,
      max: 100,
    }),
  ),
  tags: anything,
};

/** One API for many models: each has a path, and a function that may call that model and no other. */
export class SharedApi extends pulumi.ComponentResource {
  /** URL to `POST` to, by path. */
  declare readonly urls: pulumi.Output<Record<string, string>>;
  /** Id of the key that callers send the value of; undefined unless callers send a key. */
  declare readonly apiKeyId: pulumi.Output<string | undefined>;
  /** The key itself, a secret. */
  declare readonly apiKey: pulumi.Output<string | undefined>;
  /** What clients need of each model, the API included, by path. */
  declare readonly models: pulumi.Output<Record<string, ModelDescription>>;

  constructor(name: string, args: SharedApiArgs, opts?: pulumi.ComponentResourceOptions) {
    checkSharedApi(name, args);
    super(componentType("SharedApi"), name, {}, opts);
    const context = { parent: this, platform: platformValues(args.platform), logRetentionDays: args.logRetentionDays, tags: args.tags };
    const ways = args.routes.map((route) => {
      const way = wayOf(name, args, route);
      return { way, recorded: recordedChild(`${way.name}-function`, "aws:lambda/function:Function", this) };
    });
    const { nodes, urls } = createFront(context, name, `Inference with ${ways.length} models`, args, ways);
    keepNodes(this, nodes);
    const { id, value } = keyOf(nodes.rest?.apiKey);
    this.urls = urls;
    this.apiKeyId = id;
    this.apiKey = value;
    this.models = pulumi
      .all([urls, id, pulumi.all(args.routes.map(({ model }) => pulumi.output(model.outputs)))])
      .apply(([known, apiKeyId, descriptions]) => describe(args, known, apiKeyId, descriptions as ModelDescription[]));
    this.registerOutputs({ urls, apiKeyId: id, apiKey: value, models: this.models });
  }

  get nodes(): FrontNodes {
    return nodesOf(this);
  }
}

function describe(
  args: SharedApiArgs,
  urls: Readonly<Record<string, string>>,
  apiKeyId: string | undefined,
  descriptions: readonly ModelDescription[],
): Record<string, ModelDescription> {
  return Object.fromEntries(
    args.routes.flatMap((route, index) => {
      const model = descriptions[index];
      const apiUrl = urls[route.path];
      if (model === undefined || apiUrl === undefined) {
        return [];
      }
      const apiAuthorization = wayAuthorization(route.authorization, args);
      const described = { ...model, apiUrl, apiKind: args.kind ?? "http", apiAuthorization };
      return [[route.path, apiKeyId === undefined ? described : { ...described, apiKeyId }]];
    }),
  );
}

function checkSharedApi(name: string, args: SharedApiArgs): void {
  const problems = new Problems();
  checkArguments(sharedApiChecks, args, "", problems);
  if (typeof args === "object" && args !== null) {
    checkSettingsRules(args, "", problems);
    if (Array.isArray(args.routes)) {
      checkRoutes(args, problems);
    }
  }
  problems.throwIfAny("SharedApi", name);
}

function checkRoutes(args: SharedApiArgs, problems: Problems): void {
  const taken = new Map<string, string>();
  const names = new Map<string, string>();
  args.routes.forEach((route, index) => {
    const at = `routes[${index}]`;
    if (typeof route !== "object" || route === null || typeof route.path !== "string") {
      return;
    }
    const serving = servingOf(route.model?.kind);
    checkRouteRules(route, args.kind === "rest" ? "rest" : "http", serving, at, problems);
    const clash = operationsOf(route.path, serving ?? "realtime")
      .map(({ method, path }) => `${method} ${path}`)
      .find((operation) => taken.has(operation));
    const sameName = names.get(slugOf(route.path));
    if (clash !== undefined) {
      problems.add(
        join(at, "path"),
        `got ${show(route.path)}; ${taken.get(clash)} has ${clash} already: give each model a path of its own`,
      );
    } else if (sameName !== undefined) {
      problems.add(
        join(at, "path"),
        `got ${show(route.path)}; its resources would have the names of those of ${sameName}: give another path`,
      );
    }
    for (const { method, path } of operationsOf(route.path, serving ?? "realtime")) {
      taken.set(`${method} ${path}`, `${at}.path ${show(route.path)}`);
    }
    names.set(slugOf(route.path), `${at}.path ${show(route.path)}`);
    checkOwnLimits(args, route, at, problems);
    if (route.authorization === "JWT" && (args.jwt === undefined || args.kind === "rest")) {
      problems.add(
        join(at, "authorization"),
        'got "JWT", but the API has no jwt: give the API jwt: { issuer, audience }, or another authorization',
      );
    }
  });
}

function checkOwnLimits(args: SharedApiArgs, route: SharedRouteArgs, at: string, problems: Problems): void {
  if (route.burst !== undefined && route.requestsPerSecond === undefined) {
    problems.add(join(at, "burst"), `got ${show(route.burst)} without requestsPerSecond; give both, or remove it`);
  }
  if (args.kind === "rest" && route.requestsPerSecond !== undefined && route.path.lastIndexOf("/") > 0) {
    problems.add(
      join(at, "requestsPerSecond"),
      `got ${show(route.requestsPerSecond)} for ${show(route.path)}; a REST API limits paths of one part only: give a path such as "/iris", or remove it`,
    );
  }
}

/** What the names of a way's resources say of its path: "v1-iris" of "/v1/iris". */
function slugOf(path: string): string {
  return path.slice(1).replace(/[/._~]+/g, "-");
}

function wayOf(name: string, args: SharedApiArgs, route: SharedRouteArgs): ModelWay {
  const serving = servingOf(route.model.kind) ?? "realtime";
  const known = pulumi.output(route.model.outputs) as pulumi.Output<ModelDescription>;
  return {
    name: `${name}-${slugOf(route.path)}`,
    path: route.path,
    model: route.path.slice(1),
    serving,
    mode: modeOf(serving, false),
    endpointName: known.endpointName,
    places:
      serving === "async"
        ? known.apply(({ inputLocation = "", outputLocation = "", failureLocation = "" }) => ({
            input: inputLocation,
            output: outputLocation,
            failure: failureLocation,
          }))
        : undefined,
    authorization: wayAuthorization(route.authorization, args),
    timeouts: apiTimeouts(route.timeout),
    settings: route,
    throttle:
      route.requestsPerSecond === undefined
        ? undefined
        : { requestsPerSecond: route.requestsPerSecond, ...(route.burst === undefined ? {} : { burst: route.burst }) },
  };
}
