import { seconds } from "../arguments";
import type { ServingKind } from "../hosting/serving";
import type { ApiSettings } from "./api-args";
import type { Cors } from "./handler/cors-settings";

/** One method on one path of an API. */
export interface Operation {
  readonly method: "POST" | "GET";
  readonly path: string;
  /** What the names of its resources have after the name of the model's way. */
  readonly suffix: "" | "-status" | "-uploads";
}

/** What callers of one model may do: ask it; or hand in a request, ask for its state, and get a place for a large input. */
export function operationsOf(path: string, serving: ServingKind): readonly Operation[] {
  const ask: Operation = { method: "POST", path, suffix: "" };
  return serving === "async"
    ? [ask, { method: "GET", path: `${path}/{id}`, suffix: "-status" }, { method: "POST", path: `${path}/uploads`, suffix: "-uploads" }]
    : [ask];
}

/** Seconds, but for what AWS counts in milliseconds. */
export interface FrontTimeouts {
  readonly modelMilliseconds: number;
  readonly lambda: number;
  readonly gatewayMilliseconds: number;
}

/** The shortest of the three timeouts is the model's: the function can then still answer 504, and API Gateway hears it. */
export function apiTimeouts(timeout: string | undefined): FrontTimeouts {
  const longest = seconds(timeout, 29);
  return { modelMilliseconds: Math.max(0.5, longest - 2) * 1000, lambda: Math.max(1, longest - 1), gatewayMilliseconds: longest * 1000 };
}

/** A function URL waits as long as its function runs. */
export function streamTimeouts(timeout: string | undefined): Omit<FrontTimeouts, "gatewayMilliseconds"> {
  const longest = seconds(timeout, 480);
  return { modelMilliseconds: Math.max(0.5, longest - 1) * 1000, lambda: longest };
}

export type Authorization = "NONE" | "AWS_IAM" | "JWT";

/** Who is let in, when nothing says so. */
export function authorizationOf({ authorization, jwt }: ApiSettings, fallback: "NONE" | "AWS_IAM" = "NONE"): Authorization {
  return jwt !== undefined || authorization === "JWT"
    ? "JWT"
    : authorization === "AWS_IAM" || authorization === "NONE"
      ? authorization
      : fallback;
}

/** Requests per second, and at once. */
export function throttleOf({ requestsPerSecond = 50, burst }: Pick<ApiSettings, "requestsPerSecond" | "burst">): {
  readonly rate: number;
  readonly burst: number;
} {
  return { rate: requestsPerSecond, burst: burst ?? Math.min(5000, 2 * requestsPerSecond) };
}

export function corsOf({ cors, apiKey, authorization, jwt }: ApiSettings, methods: readonly string[]): Cors | undefined {
  if (cors === undefined) {
    return undefined;
  }
  const credentials = authorizationOf({ ...(authorization === undefined ? {} : { authorization }), ...(jwt === undefined ? {} : { jwt }) });
  const usual = [
    "content-type",
    "accept",
    ...(apiKey === true ? ["x-api-key"] : []),
    ...(credentials === "JWT" ? ["authorization"] : []),
    ...(credentials === "AWS_IAM" ? ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"] : []),
  ];
  return {
    origins: cors.origins,
    headers: cors.headers ?? usual,
    methods,
    credentials: cors.credentials ?? false,
    maxAgeSeconds: seconds(cors.maxAge, 3600),
  };
}
