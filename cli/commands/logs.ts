import { setTimeout as sleep } from "node:timers/promises";
import { endpointLogGroup } from "../../components/hosting/endpoint-gate";
import { trainingLogGroup } from "../../components/training/training-gate";
import { awsError, type Found, findModel } from "../aws/deployed-model";
import { type LogLine, LogReader, type LogSource } from "../aws/log-events";
import { Interrupted } from "../errors/interrupted";
import { usageError } from "../verbs/parse";
import type { VerbCall } from "../verbs/verb";

/** Between two looks at CloudWatch; its limit is 5 a second for an account. */
const pause = { local: 300, aws: 2_000 };

/** Prints what the model's containers have logged in CloudWatch, in the order of time; with --follow every new line too, until Ctrl-C (exit code 130). */
export async function run(call: VerbCall): Promise<undefined> {
  const since = startOf(call.arguments.text("since") ?? "1h", Date.now());
  const part = partOf(call.arguments.text("from"));
  const found = await findModel(call);
  try {
    const sources = sourcesOf(found, part);
    const reader = new LogReader(found.clients.logs, sources, since);
    const many = sources.length > 1;
    let count = 0;
    do {
      for (const line of await reader.next()) {
        count++;
        tell(call, line, many);
      }
      if (!call.arguments.flag("follow")) break;
      await sleep(found.isLocal ? pause.local : pause.aws, undefined, { signal: call.signal }).catch(() => undefined);
    } while (!call.signal.aborted);
    if (call.signal.aborted) throw new Interrupted(`The log of ${found.model.name} is followed no longer.`);
    if (count === 0) {
      const text = `${found.model.name} has logged nothing since ${new Date(since).toISOString()}; --since 7d looks further back`;
      call.emit({ kind: "note", level: "info", text });
    }
  } catch (error) {
    throw awsError(error, "logs:FilterLogEvents and logs:DescribeLogStreams on the model's log groups");
  } finally {
    found.clients.close();
  }
}

function tell(call: VerbCall, { timestamp, group, stream, message }: LogLine, many: boolean): void {
  const time = new Date(timestamp).toISOString();
  const from = many ? `${group === trainingLogGroup ? "training" : "endpoint"}  ` : "";
  call.emit({ kind: "line", text: `${time}  ${from}${message}`, data: { time, group, stream, line: message } });
}

function sourcesOf({ model }: Found, part: "endpoint" | "training" | undefined): LogSource[] {
  const { trainingJobName: job } = model;
  const training = job === undefined || part === "endpoint" ? [] : [{ group: trainingLogGroup, prefix: `${job}/` }];
  return [...training, ...(part === "training" ? [] : [{ group: endpointLogGroup(model.endpointName) }])];
}

function partOf(text: string | undefined): "endpoint" | "training" | undefined {
  if (text === undefined || text === "endpoint" || text === "training") return text;
  throw usageError(`--from ${text} is not a part`, text, undefined, "endpoint or training");
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A moment in milliseconds since the epoch, from `10m`, `2h`, `3d` before `now`, or a date and time. */
export function startOf(text: string, now: number): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const factor = units[unit];
  if (factor !== undefined) return now - Number(count) * factor;
  const moment = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) throw usageError(`--since ${text} is not a time`, text, undefined, "10m, 2h, 3d, or 2026-11-20T10:00:00Z");
  return moment;
}
