import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { steadyNow } from "../steady-clock";
import { hasTarget } from "./gate";

/** How long a browser stays signed in (seconds): a working day. */
const lifetime = 12 * 3_600;

/** Browsers signed in at once; the one that signed in first is forgotten beyond that. */
const mostSessions = 100;

/**
 * Browsers of other machines that have shown the token. Each has a random session id in a cookie, of which only the digest is kept, in memory: a
 * restart signs all of them out. A session lets in to the console's pages and their form, and to nothing else.
 */
export class ConsoleSessions {
  /** When each session ends, by the digest of its id. */
  private readonly ends = new Map<string, number>();

  constructor(private readonly now: () => number = steadyNow) {}

  /** Begins a session; the `Set-Cookie` for it. */
  open(request: IncomingMessage): string {
    const [oldest] = this.ends.keys();
    if (oldest !== undefined && this.ends.size >= mostSessions) {
      this.ends.delete(oldest);
    }
    const id = randomBytes(32).toString("base64url");
    this.ends.set(digest(id), this.now() + lifetime * 1_000);
    return cookie(request, id, lifetime);
  }

  /** Ends the session of a request, if it has one; the `Set-Cookie` that takes its cookie away. */
  close(request: IncomingMessage): string {
    for (const id of idsOf(request)) {
      this.ends.delete(digest(id));
    }
    return cookie(request, "", 0);
  }

  /** Whether a request is for the console or from its form, by a browser that is signed in. */
  admits(request: IncomingMessage): boolean {
    return isOfConsole(request) && idsOf(request).some((id) => (this.ends.get(digest(id)) ?? 0) > this.now());
  }
}

/** What a signed-in browser may ask: the pages only read, and the form's request must say that it is of this origin. */
function isOfConsole(request: IncomingMessage): boolean {
  const { method, url = "", headers } = request;
  const path = url.split("?")[0] ?? "";
  if (hasTarget(request)) {
    return false;
  }
  if (method === "GET" || method === "HEAD") {
    // `GET /` is S3's list of buckets, unless a browser asks for a page.
    const isFrontDoor = url === "/" && headers.authorization === undefined && headers.accept?.includes("text/html") === true;
    return isFrontDoor || path.startsWith("/_slipway/");
  }
  return method === "POST" && /^\/endpoints\/[^/]+\/invocations$/.test(path) && headers.origin === `http://${headers.host}`;
}

/** Cookies are of a host, whatever the port: the name keeps two platforms of one machine apart. */
function nameFor(request: IncomingMessage): string {
  return `slipway-console-${request.socket.localPort ?? 0}`;
}

function cookie(request: IncomingMessage, value: string, seconds: number): string {
  return `${nameFor(request)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict`;
}

function idsOf(request: IncomingMessage): string[] {
  const start = `${nameFor(request)}=`;
  return (request.headers.cookie ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(start.length));
}

function digest(id: string): string {
  return createHash("sha256").update(id).digest("base64url");
}
