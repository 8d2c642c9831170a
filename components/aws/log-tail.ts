import type { CloudWatchLogsClient, LogStream } from "@aws-sdk/client-cloudwatch-logs";

/** Which part of a log is wanted. */
export interface LogExcerpt {
  readonly logGroup: string;
  /** Begin of the names of the streams; "" for any. */
  readonly prefix: string;
  /** Only this many streams: those with the latest lines, or, as `latest` says, those that were begun last. */
  readonly streams: number;
  readonly latest?: "written" | "begun";
  readonly lines: number;
}

/** Last lines of some of a log group's streams, oldest first; empty when there are none. */
export async function logTail(logs: CloudWatchLogsClient, { logGroup, prefix, streams, latest, lines }: LogExcerpt): Promise<string[]> {
  const { DescribeLogStreamsCommand, GetLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
  try {
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({
        logGroupName: logGroup,
        // A page has 50 streams; AWS orders them by time only where no prefix is asked for.
        ...(prefix === "" ? { orderBy: "LastEventTime", descending: true } : { logStreamNamePrefix: prefix }),
      }),
    );
    const time = ({ creationTime, lastEventTimestamp }: LogStream) => (latest === "begun" ? creationTime : lastEventTimestamp) ?? 0;
    const newest = logStreams.sort((a, b) => time(b) - time(a)).slice(0, streams);
    const events = await Promise.all(
      newest.map(async ({ logStreamName }) => {
        const answer = await logs.send(
          new GetLogEventsCommand({ logGroupName: logGroup, logStreamName, limit: lines, startFromHead: false }),
        );
        return answer.events ?? [];
      }),
    );
    return events
      .flat()
      .sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0))
      .map((event) => (event.message ?? "").trimEnd())
      .slice(-lines);
  } catch (error) {
    // A group that does not exist yet, or may not be read, must not hide the failure being reported.
    return error instanceof Error && error.name !== "ResourceNotFoundException" ? [`(the log could not be read: ${error.message})`] : [];
  }
}
