import { join, parseDuration, show } from "../arguments";
import type { Problems } from "../errors/problems";
import type { ServingKind } from "../hosting/serving";
import type { ApiArgs, ApiSettings, RouteSettings } from "./api-args";

/** Longest waits by kind of front. A model may take 60 s, and 8 minutes for a stream. */
const longest = { http: "29s", rest: "62s", streaming: "8m" } as const;

/** What a function URL does not have, with what to do instead. */
const notStreamed: Readonly<Partial<Record<keyof ApiArgs, string>>> = {
  kind: "a streamed answer goes through a function URL, which is no API",
  apiKey: "a function URL has no API keys: use authorization AWS_IAM",
  usagePlan: "a function URL has no API keys: use authorization AWS_IAM",
  jwt: "a function URL checks no tokens: use authorization AWS_IAM",
  domain: "a function URL has no domain of its own: put CloudFront in front of it",
  requestsPerSecond: "a function URL is not throttled by rate: limit the requests under way with reservedConcurrency",
  burst: "a function URL is not throttled by rate: limit the requests under way with reservedConcurrency",
  accountLogRole: "a function URL has no access logs",
};

/** Rules between the arguments of one model's way, `serving` being how the model is served (undefined when that is wrong or not known). */
export function checkApiRules(args: ApiArgs, serving: ServingKind | undefined, path: string, problems: Problems): void {
  if (args.streaming === true) {
    checkStreaming(args, serving, path, problems);
  } else {
    checkSettingsRules(args, path, problems);
  }
  checkRouteRules(args, args.streaming === true ? "streaming" : args.kind === "rest" ? "rest" : "http", serving, path, problems);
}

function checkStreaming(args: ApiArgs, serving: ServingKind | undefined, path: string, problems: Problems): void {
  if (serving !== undefined && serving !== "realtime") {
    problems.add(
      join(path, "streaming"),
      `got true together with ${serving}; AWS streams answers of real-time endpoints only: remove it, or serve with realtime`,
    );
  }
  for (const [key, why] of Object.entries(notStreamed)) {
    const value = args[key as keyof ApiArgs];
    if (value !== undefined) {
      problems.add(join(path, key), `got ${show(value)} together with streaming; ${why}`);
    }
  }
  if (args.authorization === "JWT") {
    problems.add(join(path, "authorization"), `got "JWT" together with streaming; ${notStreamed.jwt}`);
  }
  checkCors(args, path, problems);
}

/** Rules between what an API has once. */
export function checkSettingsRules(args: ApiSettings, path: string, problems: Problems): void {
  if (args.kind === "rest") {
    if (args.jwt !== undefined || args.authorization === "JWT") {
      problems.add(
        join(path, args.jwt === undefined ? "authorization" : "jwt"),
        `got ${show(args.jwt ?? args.authorization)} with kind "rest"; only HTTP APIs check tokens: remove kind, or use authorization AWS_IAM or apiKey`,
      );
    }
  } else {
    for (const key of ["apiKey", "usagePlan", "accountLogRole"] as const) {
      if (args[key] !== undefined) {
        problems.add(join(path, key), `got ${show(args[key])}; only REST APIs have it: add kind: "rest", or remove it`);
      }
    }
    checkTokens(args, path, problems);
  }
  if (args.kind === "rest" && args.usagePlan !== undefined && args.apiKey !== true) {
    problems.add(join(path, "usagePlan"), `got ${show(args.usagePlan)} without apiKey; its limits are those of the key: add apiKey: true`);
  }
  checkCors(args, path, problems);
}

function checkTokens({ jwt, authorization }: ApiSettings, path: string, problems: Problems): void {
  if (authorization === "JWT" && jwt === undefined) {
    problems.add(join(path, "jwt"), 'is missing; authorization "JWT" needs it: give jwt: { issuer, audience }');
  } else if (jwt !== undefined && authorization !== undefined && authorization !== "JWT") {
    problems.add(join(path, "authorization"), `got ${show(authorization)} together with jwt; remove one of the two`);
  }
}

function checkCors({ cors }: ApiSettings, path: string, problems: Problems): void {
  if (typeof cors !== "object" || cors === null || !Array.isArray(cors.origins) || !cors.origins.includes("*")) {
    return;
  }
  if (cors.credentials === true) {
    problems.add(
      join(path, "cors.origins"),
      `got ${show(cors.origins)} together with credentials; browsers refuse that: name the origins, or remove credentials`,
    );
  } else if (cors.origins.length > 1) {
    problems.add(join(path, "cors.origins"), `got ${show(cors.origins)}; "*" means every site: give it alone, or name the origins`);
  }
}

/** Rules between what the way to one model has. */
export function checkRouteRules(
  args: RouteSettings,
  front: keyof typeof longest,
  serving: ServingKind | undefined,
  path: string,
  problems: Problems,
): void {
  const seconds = typeof args.timeout === "string" ? parseDuration(args.timeout) : undefined;
  const limit = serving === "async" ? longest.http : longest[front];
  // Anything longer than what every front allows was reported by the check of the argument itself.
  if (seconds !== undefined && seconds > (parseDuration(limit) ?? 0) && seconds <= (parseDuration(longest.streaming) ?? 0)) {
    const why = serving === "async" ? "; a request is only accepted in that time, its result is waited for elsewhere" : "";
    problems.add(join(path, "timeout"), `got ${show(args.timeout)}; allowed is 1s to ${limit}${why}`);
  }
  if (serving !== undefined && serving !== "async") {
    for (const key of ["urlExpiry", "idempotencyKeys"] as const) {
      if (args[key] !== undefined) {
        problems.add(join(path, key), `got ${show(args[key])} together with ${serving}; only asynchronous models have it: remove it`);
      }
    }
  }
}
