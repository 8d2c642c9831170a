import { looksSecret } from "../../components/arguments/secret-names";
import type { TrainingJobRecord } from "../control-plane/records";
import { type Html, html } from "./html";
import { badge, failure, logLines, time } from "./layout";
import type { JobView } from "./views";

export function jobHref({ region, record }: JobView): string {
  return `/_slipway/jobs/${region}/${encodeURIComponent(record.name)}`;
}

/** Every training job, newest first, and below them the jobs of other kinds. */
export function jobsPage(views: readonly JobView[], others: Html | undefined, now: number): Html {
  const rows = views.map(
    (view) => html`<tr><th scope="row"><a href="${jobHref(view)}">${view.record.name}</a></th>
<td>${badge(view.record.status)}</td><td>${view.record.secondaryStatus}</td><td>${time(view.record.createdAt)}</td>
<td>${duration(view.record, now)}</td><td>${metrics(view.record)}</td></tr>`,
  );
  const table = html`<div class="wide" tabindex="0" role="group" aria-label="Training jobs"><table>
<thead><tr><th scope="col">Job</th><th scope="col">Status</th><th scope="col">Step</th><th scope="col">Started (UTC)</th><th scope="col">Took</th>
<th scope="col">Final metrics</th></tr></thead><tbody>${rows}</tbody></table></div>`;
  return html`<h1>Jobs</h1><div id="jobs" data-live><h2>Training jobs</h2>${views.length === 0 ? html`<p>No training job yet.</p>` : table}${others}</div>`;
}

/** One job: what it did when, what came out, what it was given, and its log. */
export function jobPage({ record, region }: JobView, log: readonly string[], now: number): Html {
  const { request } = record;
  const settings: [string, string][] = [
    ["Image", request.AlgorithmSpecification?.TrainingImage ?? ""],
    ["Instance", `${request.ResourceConfig?.InstanceCount ?? 1} × ${request.ResourceConfig?.InstanceType ?? ""}`],
    ...(request.InputDataConfig ?? []).map(({ ChannelName, DataSource }): [string, string] => [
      `Channel ${ChannelName}`,
      DataSource?.S3DataSource?.S3Uri ?? "",
    ]),
    ...Object.entries(request.HyperParameters ?? {}).map(([name, value]): [string, string] => [
      `Hyperparameter ${name}`,
      looksSecret(name, value) ? "(not shown: it looks like a secret)" : value,
    ]),
    ["Model", record.modelArtifacts ?? "none yet"],
  ];
  return html`<h1>${record.name}</h1>
<div id="state" data-live><p>${badge(record.status)} ${record.secondaryStatus === record.status ? "" : `${record.secondaryStatus} · `}${region} · ${duration(record, now)}</p>
${failure(record.failureReason, "SLIP-2101")}
<p>${metrics(record)}</p>
${steps(record, now)}</div>
<section><h2>Settings</h2><dl>${settings.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>
${logLines("log", log)}`;
}

function steps({ transitions }: TrainingJobRecord, now: number): Html {
  const rows = transitions.map(
    ({ status, startedAt, endedAt, message }) => html`<tr><th scope="row">${status}</th><td>${time(startedAt)}</td>
<td>${seconds((endedAt ?? now) - startedAt)}</td><td>${message}</td></tr>`,
  );
  return html`<div class="wide" tabindex="0" role="group" aria-label="Steps"><table><thead><tr><th scope="col">Step</th>
<th scope="col">From (UTC)</th><th scope="col">Took</th><th scope="col">Message</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function metrics({ finalMetrics }: TrainingJobRecord): string {
  return (finalMetrics ?? []).map(({ name, value }) => `${name} ${Number(value.toPrecision(4))}`).join(" · ");
}

function duration({ createdAt, trainingEndedAt, status, modifiedAt }: TrainingJobRecord, now: number): string {
  return seconds((trainingEndedAt ?? (status === "InProgress" || status === "Stopping" ? now : modifiedAt)) - createdAt);
}

function seconds(milliseconds: number): string {
  const total = Math.max(0, milliseconds) / 1_000;
  return total < 60 ? `${total.toFixed(1)} s` : `${Math.floor(total / 60)} min ${Math.round(total % 60)} s`;
}
