import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { packageRoot } from "../../tools/package-root";
import { isThisMachine } from "../front/gate";
import { batchJobPage, batchJobsTable } from "./batch-job-pages";
import { endpointPage, endpointsPage } from "./endpoint-pages";
import { connectPage, errorPage } from "./help-pages";
import { type Html, html } from "./html";
import { jobPage, jobsPage } from "./job-pages";
import { type PageFrame, page } from "./layout";
import { LiveEvents } from "./live-events";
import { securityHeaders } from "./security-headers";
import { batchJobViews, type ConsoleSources, endpointViews, findEndpoint, findJob, jobViews, logOf, sampleFor } from "./views";

export interface ConsoleOptions extends ConsoleSources {
  readonly endpointUrl: string;
  readonly region: string;
  readonly account: string;
}

const prefix = "/_slipway/";

const assetTypes: Readonly<Record<string, string>> = { "console.css": "text/css", "console.js": "text/javascript" };

type Page = PageFrame & { readonly content: Html };

/** The pages for people on the local endpoint's own port. All of them only read; the form sends an ordinary InvokeEndpoint request. */
export class Console {
  private readonly events: LiveEvents;

  constructor(private readonly options: ConsoleOptions) {
    this.events = new LiveEvents(options);
  }

  /** Whether a request is a person's who opened the port in a browser, or for one of the console's pages. */
  accepts(request: IncomingMessage): boolean {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return false;
    }
    return isFrontDoor(request) || request.url?.startsWith(prefix) === true;
  }

  /** Answers when it has the page; `false` leaves the request to others. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    if (isFrontDoor(request)) {
      response.writeHead(302, { location: prefix }).end();
      return true;
    }
    const parts = pathOf(request.url ?? "");
    const [first, second] = parts;
    if (first === "events" && parts.length === 1) {
      this.events.add(response, securityHeaders);
      return true;
    }
    const type = first === "assets" && parts.length === 2 ? assetTypes[second ?? ""] : undefined;
    if (type !== undefined) {
      const asset = readFileSync(join(packageRoot(), "local", "console", "assets", second ?? ""));
      response.writeHead(200, { ...securityHeaders, "content-type": `${type}; charset=utf-8` }).end(asset);
      return true;
    }
    const found = this.find(parts, request);
    if (found === undefined) {
      return false;
    }
    const { content, ...frame } = found;
    response.writeHead(200, { ...securityHeaders, "content-type": "text/html; charset=utf-8" }).end(page(frame, content).text);
    return true;
  }

  close(): void {
    this.events.close();
  }

  private find(parts: readonly string[], request: IncomingMessage): Page | undefined {
    const { options } = this;
    const isRemote = !isThisMachine(request);
    // Another machine reaches the platform by the name that it asked for, which the gate has checked.
    const endpointUrl = isRemote ? `http://${request.headers.host}` : options.endpointUrl;
    const [kind = "", region = "", name = ""] = parts;
    const place = `${endpointUrl} · account ${options.account}`;
    const endpoints = { section: "endpoints", place, isRemote } as const;
    const jobs = { section: "jobs", place, isRemote } as const;
    if (parts.length === 0) {
      return { ...endpoints, title: "Endpoints", content: endpointsPage(endpointViews(options)) };
    }
    if (kind === "jobs" && parts.length === 1) {
      return {
        ...jobs,
        title: "Jobs",
        content: jobsPage(jobViews(options), batchJobsTable(batchJobViews(options), Date.now()), Date.now()),
      };
    }
    if (kind === "connect" && parts.length === 1) {
      const [first] = endpointViews(options);
      const content = connectPage({ endpointUrl, region: first?.region ?? options.region, endpoint: first?.record.name, isRemote });
      return { section: "connect", place, isRemote, title: "Connect", content };
    }
    if (kind === "errors" && parts.length === 2) {
      const content = errorPage(region);
      return content === undefined ? undefined : { ...endpoints, title: region, content };
    }
    if (parts.length !== 3) {
      return undefined;
    }
    if (kind === "endpoints") {
      const view = findEndpoint(options, region, name);
      const content = view === undefined ? gone("endpoint", name) : endpointPage(view, sampleFor(options, view), logOf(options, name));
      return { ...endpoints, title: name, content };
    }
    if (kind === "jobs") {
      const view = findJob(options, region, name);
      const content = view === undefined ? gone("training job", name) : jobPage(view, logOf(options, name), Date.now());
      return { ...jobs, title: name, content };
    }
    const batch = batchJobViews(options).find(
      (view) => `${view.kind}-jobs` === kind && view.region === region && view.record.name === name,
    );
    return batch === undefined ? undefined : { ...jobs, title: name, content: batchJobPage(batch, logOf(options, name), Date.now()) };
  }
}

function gone(what: string, name: string): Html {
  return html`<h1>${name}</h1><div id="state" data-live><p>There is no ${what} of this name now. It may have been deleted.</p></div>`;
}

/** `GET /` is S3's ListBuckets to an AWS client; only a browser asks for HTML without a signature. */
function isFrontDoor(request: IncomingMessage): boolean {
  return request.url === "/" && request.headers.authorization === undefined && request.headers.accept?.includes("text/html") === true;
}

function pathOf(url: string): string[] {
  const path = (url.split("?")[0] ?? "").slice(prefix.length);
  try {
    return path
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent);
  } catch {
    return ["?"];
  }
}
