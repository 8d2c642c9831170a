import { type Cors, exposedHeaders } from "./cors-settings";
import type { ApiAnswer, ApiRequest } from "./event";

/** The settings of a REST API, which leaves CORS to its functions; undefined elsewhere. */
const settings = process.env.SLIPWAY_CORS === undefined ? undefined : (JSON.parse(process.env.SLIPWAY_CORS) as Cors);

/** The answer to a browser's preflight; undefined for any other request. */
export function preflight({ method }: ApiRequest): ApiAnswer | undefined {
  if (settings === undefined || method !== "OPTIONS") {
    return undefined;
  }
  return {
    statusCode: 204,
    headers: {
      "access-control-allow-methods": settings.methods.join(","),
      "access-control-allow-headers": settings.headers.join(","),
      "access-control-max-age": String(settings.maxAgeSeconds),
    },
  };
}

/** The answer with what lets the page read it, when its origin is among those that may. */
export function withCors({ headers }: ApiRequest, answer: ApiAnswer): ApiAnswer {
  const { origin } = headers;
  if (settings === undefined || origin === undefined) {
    return answer;
  }
  const everyone = settings.origins.includes("*");
  if (!everyone && !settings.origins.includes(origin)) {
    return answer;
  }
  return {
    ...answer,
    headers: {
      ...answer.headers,
      "access-control-allow-origin": everyone ? "*" : origin,
      "access-control-expose-headers": exposedHeaders.join(","),
      ...(settings.credentials ? { "access-control-allow-credentials": "true" } : {}),
      vary: "origin",
    },
  };
}
