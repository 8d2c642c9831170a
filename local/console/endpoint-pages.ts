import { type Html, html } from "./html";
import type { JournalEntry } from "./journal";
import { badge, failure, logLines, time } from "./layout";
import { shortMilliseconds, sparkline } from "./sparkline";
import type { EndpointView } from "./views";

export function endpointHref({ region, record }: Pick<EndpointView, "region" | "record">): string {
  return `/_slipway/endpoints/${region}/${encodeURIComponent(record.name)}`;
}

/** Every endpoint with its state, its cause of failure, and how its last requests went. */
export function endpointsPage(views: readonly EndpointView[]): Html {
  const cards = views.map(
    (view) => html`<li class="card">
<h2><a href="${endpointHref(view)}">${view.record.name}</a> ${badge(view.record.status)}</h2>
<p class="quiet">${view.kind} · ${view.region} · ${view.variants.map(({ name, running }) => `${name}: ${instances(running)}`).join(", ")}</p>
${failure(view.record.failureReason, "SLIP-4101")}
${sparkline(view.invocations)}
</li>`,
  );
  const none = html`<p>No endpoint yet. <code>npm start</code> declares one; boto3, the AWS CLI and any other client can create more: see
<a href="/_slipway/connect">Connect</a>.</p>`;
  return html`<h1>Endpoints</h1><div id="endpoints" data-live>${views.length === 0 ? none : html`<ul class="cards">${cards}</ul>`}</div>`;
}

/** One endpoint: a form to try it, its last requests, its variants and its log. */
export function endpointPage(view: EndpointView, sample: string, log: readonly string[]): Html {
  const { record, region } = view;
  return html`<h1>${record.name}</h1>
<div id="state" data-live><p>${badge(record.status)} ${view.kind} · ${region} · configuration ${record.configName}</p>
${failure(record.failureReason, "SLIP-4101")}${sparkline(view.invocations)}</div>
${view.kind === "async" ? asyncNote : tryForm(view, sample)}
<section id="requests" data-live><h2>Last requests</h2>${requestTable(view.invocations)}</section>
<section id="variants" data-live><h2>Variants</h2>${variantTable(view)}</section>
${logLines("log", log)}`;
}

const asyncNote = html`<section><h2>Try it</h2>
<p>An asynchronous endpoint takes its input from S3: <code>invoke_endpoint_async</code>.</p></section>`;

function tryForm({ record, region }: EndpointView, sample: string): Html {
  return html`<section><h2>Try it</h2>
<form id="try" data-endpoint="${record.name}" data-region="${region}">
<div><label for="content-type">Content type</label>
<select id="content-type">${["application/json", "text/csv", "text/plain", "application/jsonlines"].map(
    (type) => html`<option>${type}</option>`,
  )}</select></div>
<label for="body">Request</label>
<textarea id="body" rows="6" spellcheck="false">${sample}</textarea>
<button type="submit">Send <kbd>Ctrl</kbd> <kbd>Enter</kbd></button>
<noscript>Sending needs JavaScript; reading does not.</noscript>
</form>
<div id="answer" role="status" aria-live="polite"></div></section>`;
}

function requestTable(entries: readonly JournalEntry[]): Html {
  if (entries.length === 0) {
    return html`<p class="quiet">None since the local platform was started.</p>`;
  }
  const rows = entries
    .slice(-20)
    .reverse()
    .map(
      ({ at, status, milliseconds, request, error }) => html`<tr>
<td>${time(at)}</td><td>${badge(status < 400 ? "OK" : "Failed")} ${status}</td><td>${shortMilliseconds(milliseconds)}</td>
<td><code>${request ?? "(not text)"}</code>${error === undefined ? undefined : html`<p class="cause">${error}</p>`}</td>
<td>${request === undefined ? undefined : html`<button type="button" class="again" data-body="${request}">Edit again</button>`}</td></tr>`,
    );
  return html`<div class="wide" tabindex="0" role="group" aria-label="Last requests"><table>
<thead><tr><th scope="col">Time (UTC)</th><th scope="col">Status</th><th scope="col">Took</th><th scope="col">Request</th><th scope="col"></th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function variantTable({ variants }: EndpointView): Html {
  const rows = variants.map(
    ({ name, model, image, weight, wanted, running }) => html`<tr><th scope="row">${name}</th><td>${weight}</td>
<td>${wanted === undefined ? instances(running) : `${running} of ${instances(wanted)}`}</td><td>${model}</td><td><code>${image}</code></td></tr>`,
  );
  return html`<div class="wide" tabindex="0" role="group" aria-label="Variants"><table>
<thead><tr><th scope="col">Variant</th><th scope="col">Weight</th><th scope="col">Serving</th><th scope="col">Model</th><th scope="col">Image</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function instances(count: number): string {
  return count === 1 ? "1 instance" : `${count} instances`;
}
