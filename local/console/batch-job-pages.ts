import { type Html, html } from "./html";
import { badge, failure, logLines, time } from "./layout";
import type { BatchJobView } from "./views";

export function batchJobHref({ kind, region, record }: BatchJobView): string {
  return `/_slipway/${kind}-jobs/${region}/${encodeURIComponent(record.name)}`;
}

/** Transform and processing jobs, newest first; nothing when there are none. */
export function batchJobsTable(views: readonly BatchJobView[], now: number): Html | undefined {
  if (views.length === 0) {
    return undefined;
  }
  const rows = views.map(
    (view) => html`<tr><th scope="row"><a href="${batchJobHref(view)}">${view.record.name}</a></th><td>${view.kind}</td>
<td>${badge(view.record.status)}</td><td>${time(view.record.createdAt)}</td><td>${took(view, now)}</td></tr>`,
  );
  return html`<h2>Transform and processing jobs</h2>
<div class="wide" tabindex="0" role="group" aria-label="Transform and processing jobs"><table>
<thead><tr><th scope="col">Job</th><th scope="col">Kind</th><th scope="col">Status</th><th scope="col">Started (UTC)</th><th scope="col">Took</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

/** One transform or processing job: how it went, what it reads and writes, and its log. */
export function batchJobPage(view: BatchJobView, log: readonly string[], now: number): Html {
  const { record, region, kind } = view;
  return html`<h1>${record.name}</h1>
<div id="state" data-live><p>${badge(record.status)} ${kind} · ${region} · ${took(view, now)}</p>
${failure(record.failureReason, "SLIP-2101")}${record.exitMessage === undefined ? undefined : html`<p>${record.exitMessage}</p>`}</div>
<section><h2>Settings</h2><dl>${settingsOf(view).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>
${logLines("log", log)}`;
}

function settingsOf(view: BatchJobView): [string, string][] {
  if (view.kind === "transform") {
    const { ModelName, TransformInput, TransformOutput, TransformResources } = view.record.request;
    return [
      ["Model", ModelName ?? ""],
      ["Input", TransformInput?.DataSource?.S3DataSource?.S3Uri ?? ""],
      ["Output", TransformOutput?.S3OutputPath ?? ""],
      ["Instance", `${TransformResources?.InstanceCount ?? 1} × ${TransformResources?.InstanceType ?? ""}`],
    ];
  }
  const { AppSpecification, ProcessingInputs, ProcessingOutputConfig, ProcessingResources } = view.record.request;
  const cluster = ProcessingResources?.ClusterConfig;
  return [
    ["Image", AppSpecification?.ImageUri ?? ""],
    ...(ProcessingInputs ?? []).map(({ InputName, S3Input }): [string, string] => [`Input ${InputName}`, S3Input?.S3Uri ?? ""]),
    ...(ProcessingOutputConfig?.Outputs ?? []).map(({ OutputName, S3Output }): [string, string] => [
      `Output ${OutputName}`,
      S3Output?.S3Uri ?? "",
    ]),
    ["Instance", `${cluster?.InstanceCount ?? 1} × ${cluster?.InstanceType ?? ""}`],
  ];
}

function took({ record }: BatchJobView, now: number): string {
  const end = record.endedAt ?? (record.status === "InProgress" || record.status === "Stopping" ? now : record.modifiedAt);
  return `${(Math.max(0, end - record.createdAt) / 1_000).toFixed(1)} s`;
}
