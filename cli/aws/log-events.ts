import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";

/** One line of a container, as CloudWatch Logs has it. */
export interface LogLine {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly group: string;
  readonly stream: string;
  readonly message: string;
}

/** A log group, or those of its streams whose names begin with `prefix`. */
export interface LogSource {
  readonly group: string;
  readonly prefix?: string;
}

/** CloudWatch may take a line in some seconds after its own time; that long is looked back when following. */
const lateness = 15_000;
/** Streams that one request may name. */
const mostStreams = 100;

/** Reads sources again and again, and tells each line once. */
export class LogReader {
  private readonly told = new Map<string, number>();
  private since: number;

  /** @param since milliseconds since the epoch */
  constructor(
    private readonly logs: CloudWatchLogsClient,
    private readonly sources: readonly LogSource[],
    since: number,
  ) {
    this.since = since;
  }

  /** What has come since the last call, or since the beginning; in the order of time. A group that does not exist yet has no lines. */
  async next(): Promise<LogLine[]> {
    const found = (await Promise.all(this.sources.map((source) => this.read(source)))).flat();
    const fresh = found.filter(({ id }) => !this.told.has(id)).sort((a, b) => a.line.timestamp - b.line.timestamp);
    for (const { id, line } of fresh) this.told.set(id, line.timestamp);
    const latest = fresh.at(-1)?.line.timestamp ?? 0;
    this.since = Math.max(this.since, latest - lateness);
    for (const [id, timestamp] of this.told) if (timestamp < this.since) this.told.delete(id);
    return fresh.map(({ line }) => line);
  }

  private async read(source: LogSource): Promise<{ readonly id: string; readonly line: LogLine }[]> {
    const { FilterLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    try {
      const streams = source.prefix === undefined ? undefined : await this.streamsOf(source.group, source.prefix);
      if (streams?.length === 0) return [];
      const lines: { readonly id: string; readonly line: LogLine }[] = [];
      for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken !== undefined; isFirst = false) {
        const request = {
          logGroupName: source.group,
          startTime: this.since,
          ...(streams === undefined ? {} : { logStreamNames: streams }),
        };
        const answer = await this.logs.send(new FilterLogEventsCommand({ ...request, ...(nextToken === undefined ? {} : { nextToken }) }));
        for (const { eventId, timestamp = 0, logStreamName: stream = "", message = "" } of answer.events ?? []) {
          const id = eventId ?? `${source.group} ${stream} ${timestamp} ${message}`;
          lines.push({ id, line: { timestamp, group: source.group, stream, message: message.trimEnd() } });
        }
        nextToken = answer.nextToken;
      }
      return lines;
    } catch (error) {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return [];
      throw error;
    }
  }

  private async streamsOf(logGroupName: string, logStreamNamePrefix: string): Promise<string[]> {
    const { DescribeLogStreamsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
    const { logStreams = [] } = await this.logs.send(new DescribeLogStreamsCommand({ logGroupName, logStreamNamePrefix }));
    return logStreams.flatMap(({ logStreamName }) => logStreamName ?? []).slice(0, mostStreams);
  }
}
