import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ProcessingJobRecord, TransformJobRecord } from "../control-plane/job-records";
import type { EndpointRecord, TrainingJobRecord } from "../control-plane/records";
import type { Region } from "../control-plane/region";
import type { Regions } from "../control-plane/regions";
import type { EndpointHost } from "../hosting/endpoint-host";
import { fileSize, tailLines } from "../logs/file-tail";
import type { Journal, JournalEntry } from "./journal";

export interface ConsoleSources {
  readonly stateDir: string;
  readonly regions: Regions;
  readonly endpoints: EndpointHost;
  readonly journal: Journal;
}

/** An endpoint as the console shows it. */
export interface EndpointView {
  readonly region: string;
  readonly record: EndpointRecord;
  readonly kind: "realtime" | "serverless" | "async";
  /** The variants of the configuration that serves. */
  readonly variants: readonly VariantRow[];
  readonly invocations: readonly JournalEntry[];
  /** The name it is declared by in the Pulumi program, when it was. */
  readonly model: string | undefined;
}

export interface VariantRow {
  readonly name: string;
  readonly model: string;
  readonly image: string;
  readonly weight: number;
  readonly wanted: number | undefined;
  readonly running: number;
}

export interface JobView {
  readonly region: string;
  readonly record: TrainingJobRecord;
}

/** A job whose containers work on data and leave no model. */
export type BatchJobView =
  | { readonly kind: "transform"; readonly region: string; readonly record: TransformJobRecord }
  | { readonly kind: "processing"; readonly region: string; readonly record: ProcessingJobRecord };

/** Lines of a log that a page shows. */
const shownLines = 200;

/** Failed ones first, then by name. */
export function endpointViews(sources: ConsoleSources): EndpointView[] {
  const views = sources.regions.all().flatMap((region) => region.endpoints.list().map((record) => viewOf(sources, region, record)));
  const rank = ({ record }: EndpointView): number => (record.failureReason === undefined ? 1 : 0);
  return views.sort((a, b) => rank(a) - rank(b) || a.record.name.localeCompare(b.record.name));
}

/** Newest first. */
export function jobViews({ regions }: ConsoleSources): JobView[] {
  const views = regions.all().flatMap((region) => region.trainingJobs.list().map((record) => ({ region: region.name, record })));
  return views.sort((a, b) => b.record.createdAt - a.record.createdAt);
}

/** Transform and processing jobs, newest first. */
export function batchJobViews({ regions }: ConsoleSources): BatchJobView[] {
  const views = regions
    .all()
    .flatMap(({ name: region, transformJobs, processingJobs }): BatchJobView[] => [
      ...transformJobs.list().map((record) => ({ kind: "transform" as const, region, record })),
      ...processingJobs.list().map((record) => ({ kind: "processing" as const, region, record })),
    ]);
  return views.sort((a, b) => b.record.createdAt - a.record.createdAt);
}

export function findEndpoint(sources: ConsoleSources, region: string, name: string): EndpointView | undefined {
  return endpointViews(sources).find((view) => view.region === region && view.record.name === name);
}

export function findJob(sources: ConsoleSources, region: string, name: string): JobView | undefined {
  return jobViews(sources).find((view) => view.region === region && view.record.name === name);
}

/** The last lines that containers of an endpoint or a job printed. `name` is that of a known resource, never a caller's text. */
export function logOf(sources: ConsoleSources, name: string): string[] {
  return tailLines(logPath(sources, name), shownLines);
}

function logPath({ stateDir }: ConsoleSources, name: string): string {
  return join(stateDir, "logs", `${name}.log`);
}

/** What to fill the form with: the model's own sample request, else what was last sent. */
export function sampleFor({ stateDir }: ConsoleSources, { model, invocations }: EndpointView): string {
  if (model !== undefined && /^(?!\.+$)[\w.-]+$/.test(model)) {
    try {
      return readFileSync(join(dirname(stateDir), "models", model, "sample.json"), "utf8").trim();
    } catch {
      // Not every model has one.
    }
  }
  return invocations.findLast(({ request, status }) => status < 400 && request !== undefined)?.request ?? "{}";
}

/** Changes when a page would: with a state, an invocation, a line in a log. */
export function signature(sources: ConsoleSources): string {
  const logSize = (name: string): number => fileSize(logPath(sources, name));
  const endpoints = endpointViews(sources).map(({ record, variants }) => [record, variants, logSize(record.name)]);
  const jobs = jobViews(sources).map(({ record }) => [record.arn, record.secondaryStatus, record.modifiedAt, logSize(record.name)]);
  const batchJobs = batchJobViews(sources).map(({ record }) => [record.arn, record.status, record.modifiedAt, logSize(record.name)]);
  return JSON.stringify([endpoints, jobs, batchJobs, sources.journal.version]);
}

function viewOf(sources: ConsoleSources, region: Region, record: EndpointRecord): EndpointView {
  const config = region.endpointConfigs.get(record.configName)?.request;
  const live = sources.endpoints.liveVariants(region, record.name);
  const serverless = config?.ProductionVariants?.some(({ ServerlessConfig }) => ServerlessConfig !== undefined) === true;
  return {
    region: region.name,
    record,
    kind: config?.AsyncInferenceConfig !== undefined ? "async" : serverless ? "serverless" : "realtime",
    variants: (config?.ProductionVariants ?? []).map((variant) => {
      const view = live.find((each) => each.variant.VariantName === variant.VariantName);
      const model = region.models.get(variant.ModelName ?? "")?.request;
      return {
        name: variant.VariantName ?? "",
        model: variant.ModelName ?? "",
        image: (model?.PrimaryContainer ?? model?.Containers?.[0])?.Image ?? "",
        weight: variant.InitialVariantWeight ?? 1,
        wanted: variant.InitialInstanceCount,
        running: view?.instances ?? 0,
      };
    }),
    invocations: sources.journal.of(record.arn),
    model: region.tags.get(record.arn)?.tags.find(({ Key }) => Key === "slipway:model")?.Value,
  };
}
