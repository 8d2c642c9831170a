import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { hostname, networkInterfaces } from "node:os";
import type { ConsoleSessions } from "./console-sessions";

/** Who may ask, beside this machine. */
export interface Gate {
  /** Address the endpoint listens on beside loopback, such as 0.0.0.0; left out, loopback is all. */
  readonly host?: string;
  /** What requests from other machines must carry; there is one whenever there is a host. */
  readonly token?: string;
  /** Browsers of other machines that have shown the token. */
  readonly sessions?: ConsoleSessions;
}

/** Deployed APIs and function URLs have a CORS configuration of their own, and are for web pages too. */
const deployedApis = ["/_aws/execute-api/", "/_aws/function-url/"];

/**
 * Why a request is refused, or `undefined`. Refused are names that are not this endpoint's (a web page that rebinds its DNS name), other machines
 * without the token, and web pages of other sites, preflights included; only deployed APIs answer those.
 */
export function refusal(request: IncomingMessage, gate: Gate): string | undefined {
  const name = nameRefusal(request, gate);
  if (name !== undefined) {
    return name;
  }
  if (!isThisMachine(request) && !isPublic(request) && !hasToken(request, gate.token) && gate.sessions?.admits(request) !== true) {
    return "this endpoint answers other machines only with its token: send it as the access key id, or in the header X-Slipway-Token";
  }
  return pageRefusal(request);
}

/** Why the name that a request asks for is refused, or `undefined`. */
export function nameRefusal({ headers: { host } }: IncomingMessage, gate: Gate): string | undefined {
  return isOwnName(nameOf(host), gate)
    ? undefined
    : `the host name ${JSON.stringify(host)} is refused: allowed are ${allowedNames(gate).join(", ")}`;
}

/** Why a web page's request is refused, or `undefined`. */
export function pageRefusal(request: IncomingMessage): string | undefined {
  const { host, origin } = request.headers;
  if (isExecuteApi(request)) {
    return undefined;
  }
  if (isFromOtherSite(request) && hasAction(request)) {
    return "web pages of other sites may not use this endpoint: their links and images may name no Action";
  }
  if (request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined) {
    return "web pages of other sites may not use this endpoint: preflight requests are refused";
  }
  if (origin !== undefined && !isOwnOrigin(origin, host)) {
    return `the origin ${JSON.stringify(origin)} is refused: web pages of other sites may not use this endpoint`;
  }
  return undefined;
}

/** Whether a request is for a deployed API. One that names an operation in a header is for that service, whatever its path is. */
export function isExecuteApi(request: IncomingMessage): boolean {
  return !hasTarget(request) && deployedApis.some((prefix) => request.url?.startsWith(prefix) === true);
}

/** Whether a request names an operation of an AWS service in its header: it is answered by that, before anybody looks at its path. */
export function hasTarget({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return headers["x-amz-target"] !== undefined;
}

/** Whether the query names an operation, as AWS's older services take it: of them a GET, which any image or link sends, may change something. */
function hasAction({ url = "" }: IncomingMessage): boolean {
  const query = url.indexOf("?");
  return query >= 0 && new URLSearchParams(url.slice(query + 1)).has("Action");
}

/** Whether a browser says that a page of another site, or of another port of this machine, made it ask. Not all such requests have an origin. */
function isFromOtherSite({ headers }: IncomingMessage): boolean {
  return headers["sec-fetch-site"] === "cross-site" || headers["sec-fetch-site"] === "same-site";
}

/** Whether a request comes from this machine, by this machine's name, and from no web page: what the commands send. */
export function isFromThisMachine(request: IncomingMessage): boolean {
  const { host, origin } = request.headers;
  return isThisMachine(request) && isLoopbackName(nameOf(host)) && origin === undefined && !isFromOtherSite(request);
}

/** Whether a request comes over loopback, by whatever name. */
export function isThisMachine({ socket: { remoteAddress } }: IncomingMessage): boolean {
  return isLoopbackAddress(remoteAddress);
}

/** The console's style and script, which are those of the package: the page that asks for the token has them too. */
function isPublic(request: IncomingMessage): boolean {
  const { method, url = "" } = request;
  return (method === "GET" || method === "HEAD") && !hasTarget(request) && /^\/_slipway\/assets\/[a-z]+\.[a-z]+$/.test(url);
}

/** Clients without a Host header are no browsers: they name the address they are connected to. */
function nameOf(host: string | undefined): string {
  return (host ?? "localhost").replace(/:\d+$/, "").toLowerCase();
}

function isOwnName(name: string, gate: Gate): boolean {
  return isLoopbackName(name) || (gate.host !== undefined && allowedNames(gate).includes(name));
}

/** Names under which this machine's own clients reach a loopback port; buckets are subdomains of localhost. */
function isLoopbackName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}

function allowedNames({ host }: Gate): string[] {
  const own = ["localhost", "*.localhost", "127.0.0.1", "[::1]"];
  if (host === undefined) {
    return own;
  }
  const wildcard = host === "0.0.0.0" || host === "::";
  const addresses = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address, family }) => (family === "IPv6" ? `[${address}]` : address));
  return [
    ...own,
    "host.docker.internal",
    hostname().toLowerCase(),
    ...(wildcard ? addresses : [host.includes(":") ? `[${host}]` : host.toLowerCase()]),
  ];
}

function isLoopbackAddress(address: string | undefined): boolean {
  return address === undefined || address === "::1" || /^(::ffff:)?127\./.test(address);
}

function isOwnOrigin(origin: string, host: string | undefined): boolean {
  return origin.toLowerCase() === `http://${(host ?? "").toLowerCase()}`;
}

/**
 * Any AWS client can carry the token: as the access key id of its credentials, which is in the signature's scope (and in a presigned URL).
 * What is not an AWS client sends a header.
 */
function hasToken(request: IncomingMessage, token: string | undefined): boolean {
  const { authorization = "", "x-slipway-token": header = "" } = request.headers;
  const query = new URLSearchParams((request.url ?? "").split("?")[1] ?? "");
  const sent = [
    String(header),
    /^Bearer (.+)$/i.exec(authorization)?.[1],
    /Credential=([^/,\s]+)\//.exec(authorization)?.[1],
    query.get("X-Amz-Credential")?.split("/")[0],
  ];
  return token !== undefined && sent.some((each) => each !== undefined && isSameToken(each, token));
}

/** In the same time for every wrong answer. */
export function isSameToken(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
