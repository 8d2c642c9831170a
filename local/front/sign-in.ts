import type { IncomingMessage, ServerResponse } from "node:http";
import { securityHeaders } from "../console/security-headers";
import { signInPage } from "../console/sign-in-page";
import { type Gate, isSameToken, isThisMachine, nameRefusal, pageRefusal } from "./gate";

const home = "/_slipway/";

/** Bytes of the form that are read: the longest token and more. */
const mostForm = 1_024;

/**
 * Answers browsers of other machines that have to show the token first, or come with it: `GET /?token=…` and the form of the page that asks for it
 * begin a session, `POST /_slipway/sign-out` ends it. `false` leaves the request to the gate. Names and origins are checked as for all requests.
 */
export function answerSignIn(gate: Gate, request: IncomingMessage, response: ServerResponse): boolean {
  const { token, sessions } = gate;
  const [path = "", query = ""] = (request.url ?? "").split("?");
  if (token === undefined || sessions === undefined || (path !== "/" && !path.startsWith(home))) {
    return false;
  }
  if (nameRefusal(request, gate) !== undefined || pageRefusal(request) !== undefined) {
    return false;
  }
  const enter = (): void => leave(response, isThisMachine(request) ? undefined : sessions.open(request));
  const ask = (wrong: boolean): void => {
    response.writeHead(403, { ...securityHeaders, "content-type": "text/html; charset=utf-8" }).end(signInPage(wrong).text);
  };
  if (request.method === "POST" && path === `${home}sign-in` && isOwnForm(request)) {
    void formOf(request).then((form) => (isSameToken(form?.get("token") ?? "", token) ? enter() : ask(true)));
    return true;
  }
  if (request.method === "POST" && path === `${home}sign-out` && isOwnForm(request)) {
    request.resume();
    leave(response, sessions.close(request));
    return true;
  }
  if (!isPersons(request)) {
    return false;
  }
  const given = path === "/" || path === home ? new URLSearchParams(query).get("token") : null;
  if (given !== null) {
    isSameToken(given, token) ? enter() : ask(true);
    return true;
  }
  if (isThisMachine(request) || sessions.admits(request)) {
    return false;
  }
  ask(false);
  return true;
}

/** To the console's first page: with a session that has begun or ended, and without the token in the address. */
function leave(response: ServerResponse, cookie: string | undefined): void {
  response
    .writeHead(303, {
      ...securityHeaders,
      "referrer-policy": "no-referrer",
      location: home,
      ...(cookie === undefined ? {} : { "set-cookie": cookie }),
    })
    .end();
}

/** A form of this origin's own page: a browser always says of which origin a form is. */
function isOwnForm({ headers }: IncomingMessage): boolean {
  return headers.origin === `http://${headers.host}`;
}

/** A browser that wants a page; programs say so differently and are told in JSON. */
function isPersons({ method, headers }: IncomingMessage): boolean {
  const carriesToken = headers.authorization !== undefined || headers["x-slipway-token"] !== undefined;
  return (method === "GET" || method === "HEAD") && !carriesToken && headers.accept?.includes("text/html") === true;
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  let text = "";
  try {
    for await (const chunk of request) {
      text += String(chunk);
      if (text.length > mostForm) {
        request.resume();
        return undefined;
      }
    }
  } catch {
    return undefined;
  }
  return new URLSearchParams(text);
}
