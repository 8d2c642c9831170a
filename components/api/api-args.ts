import type * as pulumi from "@pulumi/pulumi";
import { arn, type Checks, count, duration, flag, list, logRetention, object, oneOf, required, text } from "../arguments";

/** Tokens of an OpenID Connect issuer that an HTTP API lets in. */
export interface JwtArgs {
  /** URL of the issuer, the `iss` of its tokens, such as `https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123`. */
  issuer: string;
  /** `aud` or `client_id` that a token must have one of. 1 to 50. */
  audience: string[];
  /** Scopes that a token must have one of. None when left out. */
  scopes?: string[];
}

/** Web pages of other sites that may call the API. */
export interface CorsArgs {
  /** Origins such as `https://shop.example.com`, or `*` alone for every site. */
  origins: string[];
  /** Request headers that pages may send. Default: `content-type`, `accept`, and the header of the API's credentials. */
  headers?: string[];
  /** Whether pages may send cookies and HTTP credentials. Not with the origin `*`. Default: false. */
  credentials?: boolean;
  /** How long browsers keep the answer to a preflight. Range 0s to 1d, default 1h. */
  maxAge?: string;
}

/** A name of your own in front of the API. */
export interface DomainArgs {
  /** Domain name, such as `api.shop.example.com`. */
  name: string;
  /** ARN of an ACM certificate for the name, in the API's region. */
  certificateArn: pulumi.Input<string>;
  /** Route 53 zone in which the alias record is made; none is made when left out. */
  hostedZoneId?: pulumi.Input<string>;
}

/** How many requests a key may make in a period. */
export interface QuotaArgs {
  /** Requests in a period. Range 1 to 1000000000. */
  requests: number;
  /** DAY, WEEK or MONTH. Default: DAY. */
  period?: string;
}

/** What the key of a REST API may be used for. */
export interface UsagePlanArgs {
  /** Requests per second with the key. Range 1 to 10000; the API's own limit when left out. */
  requestsPerSecond?: number;
  /** Requests with the key at once. Range 1 to 5000; the API's own limit when left out. */
  burst?: number;
  quota?: QuotaArgs;
}

/** What an API has once, however many models it is in front of. */
export interface ApiSettings {
  /** `http`, an HTTP API, or `rest`, a REST API: with API keys, usage plans and quotas. Default: http. */
  kind?: string;
  /** NONE (anyone with the URL), AWS_IAM (signed requests) or, with `jwt`, JWT. Default: NONE; JWT with `jwt`; AWS_IAM with `streaming`. */
  authorization?: string;
  /** Tokens that are let in. HTTP APIs only. */
  jwt?: JwtArgs;
  /** Callers send a key in the header `x-api-key`. REST APIs only. Default: false. */
  apiKey?: boolean;
  /** Limits of the key. */
  usagePlan?: UsagePlanArgs;
  /** Web pages of other sites that may call; none when left out. */
  cors?: CorsArgs;
  domain?: DomainArgs;
  /** Requests per second before callers get 429. Range 1 to 10000, default 50. */
  requestsPerSecond?: number;
  /** Requests that may come at once. Range 1 to 5000, default twice `requestsPerSecond`. */
  burst?: number;
  /** Days that access logs and the function's logs are kept. Default: 365. */
  logRetentionDays?: number;
  /** Make the role by which API Gateway writes the logs of REST APIs, an account's setting in a region: once per account and region. Default: false. */
  accountLogRole?: boolean;
}

/** What the way to one model has. */
export interface RouteSettings {
  /** Path, such as "/iris". */
  path: string;
  /** How long a caller waits at most. Range 1s to 29s, default 29s. REST APIs: to 62s where the account's quota allows it. With `streaming`: to 8m, default 8m. */
  timeout?: string;
  /** Instances of the function that may run at once, and so requests under way. Range 1 to 1000; the account's limit when left out. */
  reservedConcurrency?: number;
  /** Asynchronous models: how long the URLs of results and uploads work. Range 1m to 1h, default 15m. */
  urlExpiry?: string;
  /** Asynchronous models: a request with the header `Idempotency-Key` is accepted once, however often it is sent. Default: false. */
  idempotencyKeys?: boolean;
}

/** How a model is reached over HTTPS. */
export interface ApiArgs extends ApiSettings, RouteSettings {
  /** Answers reach the caller piece by piece, through a function URL in place of an API. Models with `realtime` only. Default: false. */
  streaming?: boolean;
}

const jwtChecks: Checks<JwtArgs> = {
  issuer: required(text({ pattern: /^https?:\/\/[^\s?#]+$/, allowed: "the URL of an issuer, https://<host>/<path>" })),
  audience: required(list(text(), { min: 1, max: 50 })),
  scopes: list(text({ pattern: /^\S+$/, allowed: "a scope without spaces", max: 64 }), { min: 1, max: 10 }),
};

const corsChecks: Checks<CorsArgs> = {
  origins: required(
    list(text({ pattern: /^(\*|https?:\/\/[a-z0-9.-]+(:\d+)?)$/, allowed: '"*", or an origin such as "https://shop.example.com"' }), {
      min: 1,
      max: 50,
    }),
  ),
  headers: list(text({ pattern: /^[A-Za-z0-9-]+$/, allowed: "the name of a header" }), { min: 1, max: 50 }),
  credentials: flag,
  maxAge: duration("0s", "1d"),
};

const domainChecks: Checks<DomainArgs> = {
  name: required(
    text({
      pattern: /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}$/,
      allowed: 'a domain name in lower case, such as "api.example.com"',
      max: 253,
    }),
  ),
  certificateArn: required(arn),
  hostedZoneId: text({ pattern: /^Z[A-Z0-9]{1,31}$/, allowed: "the id of a hosted zone, such as Z0123456789ABCDEFGHIJ" }),
};

const quotaChecks: Checks<QuotaArgs> = { requests: required(count(1, 1_000_000_000)), period: oneOf("DAY", "WEEK", "MONTH") };

const usagePlanChecks: Checks<UsagePlanArgs> = {
  requestsPerSecond: count(1, 10_000),
  burst: count(1, 5000),
  quota: object(quotaChecks),
};

export const apiSettingsChecks: Checks<ApiSettings> = {
  kind: oneOf("http", "rest"),
  authorization: oneOf("NONE", "AWS_IAM", "JWT"),
  jwt: object(jwtChecks),
  apiKey: flag,
  usagePlan: object(usagePlanChecks),
  cors: object(corsChecks),
  domain: object(domainChecks),
  requestsPerSecond: count(1, 10_000),
  burst: count(1, 5000),
  logRetentionDays: logRetention,
  accountLogRole: flag,
};

export const routeSettingsChecks: Checks<RouteSettings> = {
  path: required(text({ pattern: /^\/[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/, allowed: '"/" and a name, such as "/iris"', max: 256 })),
  timeout: duration("1s", "8m"),
  reservedConcurrency: count(1, 1000),
  urlExpiry: duration("1m", "1h"),
  idempotencyKeys: flag,
};

export const apiChecks: Checks<ApiArgs> = { ...apiSettingsChecks, ...routeSettingsChecks, streaming: flag };
