import type { DataProcessing as Settings } from "@aws-sdk/client-sagemaker";
import { clientError } from "../jobs/job-failure";
import { JsonPath } from "./json-path";

type Kind = "csv" | "json";

/** What a transform job does to records before and after the model: filter, join, filter. */
export class DataProcessing {
  private readonly input: JsonPath;
  private readonly output: JsonPath;
  private readonly joins: boolean;

  private constructor(
    settings: Settings,
    private readonly kind: Kind,
  ) {
    this.input = new JsonPath(settings.InputFilter ?? "$");
    this.output = new JsonPath(settings.OutputFilter ?? "$");
    this.joins = settings.JoinSource === "Input";
  }

  /** `undefined` when the job leaves records as they are. Throws when its data is neither JSON nor CSV. */
  static of(settings: Settings | undefined, contentType: string | undefined, accept: string | undefined): DataProcessing | undefined {
    const { InputFilter = "$", OutputFilter = "$", JoinSource = "None" } = settings ?? {};
    if (settings === undefined || (InputFilter === "$" && OutputFilter === "$" && JoinSource === "None")) {
      return undefined;
    }
    const kind = kindOf(contentType);
    const answered = accept === undefined ? kind : kindOf(accept);
    if (kind === undefined || answered !== kind) {
      throw clientError(
        `DataProcessing needs input and output of one kind, JSON or CSV: got ContentType ${contentType ?? "none"} and Accept ${accept ?? "none"}.`,
      );
    }
    return new DataProcessing(settings, kind);
  }

  /** A record as the model gets it. */
  filterInput(record: string): string {
    return this.input.isRoot ? record : this.write(this.input.select(this.read(record)));
  }

  /** The records of an answer to `count` records. JSON that answers one record may spread over several lines. */
  answers(text: string, count: number): string[] {
    if (this.kind === "json" && count === 1) {
      return [text.trim()];
    }
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
    if (lines.length !== count) {
      throw clientError(
        `The model answered ${count} input records with ${lines.length} output records; DataProcessing needs one for each.`,
      );
    }
    return lines;
  }

  /** A record and its answer as they are stored. */
  join(record: string, answer: string): string {
    if (!this.joins) {
      return this.output.isRoot ? answer : this.write(this.output.select(this.read(answer)));
    }
    const [before, after] = [this.read(record), this.read(answer)];
    return this.write(this.output.select(this.kind === "csv" ? [...asRow(before), ...asRow(after)] : joined(before, after)));
  }

  private read(record: string): unknown {
    if (this.kind === "csv") {
      return csvFields(record);
    }
    try {
      return JSON.parse(record);
    } catch {
      throw clientError(`A record is not JSON: ${record.slice(0, 200)}`);
    }
  }

  private write(value: unknown): string {
    return this.kind === "json" ? JSON.stringify(value) : asRow(value).join(",");
  }
}

/** Throws when a filter of the settings is no path that batch transform knows. */
export function checkFilters(settings: Settings | undefined): void {
  for (const filter of [settings?.InputFilter, settings?.OutputFilter]) {
    if (filter !== undefined) {
      new JsonPath(filter);
    }
  }
}

/** The fields of a row as they are written, quotes included, so that they are written again as they were. */
export function csvFields(row: string): string[] {
  const fields: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < row.length; at++) {
    if (row[at] === '"') {
      quoted = !quoted;
    } else if (row[at] === "," && !quoted) {
      fields.push(row.slice(start, at));
      start = at + 1;
    }
  }
  return [...fields, row.slice(start)];
}

function kindOf(contentType: string | undefined): Kind | undefined {
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  if (type === "text/csv") {
    return "csv";
  }
  return type === "application/json" || type === "application/jsonlines" || type === "application/x-jsonlines" ? "json" : undefined;
}

function asRow(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flat() : [value];
}

/** AWS's form: the answer joins an object as `SageMakerOutput`; anything else becomes an object with both. */
function joined(input: unknown, output: unknown): object {
  return typeof input === "object" && input !== null && !Array.isArray(input)
    ? { ...input, SageMakerOutput: output }
    : { SageMakerInput: input, SageMakerOutput: output };
}
