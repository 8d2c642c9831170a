import {
  type CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  ResourceAlreadyExistsException,
} from "@aws-sdk/client-cloudwatch-logs";

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** Limits of PutLogEvents: events and bytes per call, the bytes counted per event beside its text, and the size of one event. */
const maxEvents = 10_000;
const maxBytes = 1_048_576;
const overheadBytes = 26;
const maxMessageBytes = 256 * 1024 - overheadBytes;

/** Characters that may wait before a writer is told to, and what an event counts beside its text. */
const mostWaiting = 4 * 1_024 * 1_024;
const eventCharacters = 100;

const flushMilliseconds = 200;
const attempts = 3;

/** Writes to one CloudWatch Logs stream in batches, in order, without ever holding up or failing the container that is logged. */
export class LogStreamWriter {
  private pending: LogEvent[] = [];
  /** Characters that were written and not sent yet, and those of them that are no longer pending. */
  private waiting = 0;
  private inSending = 0;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();
  private created = false;

  constructor(
    private readonly client: Pick<CloudWatchLogsClient, "send">,
    readonly group: string,
    readonly stream: string,
    private readonly onError: (message: string) => void,
  ) {}

  /** Returns a promise when more waits to be sent than should: resolves when it was. */
  write(event: LogEvent): Promise<void> | undefined {
    this.pending.push(event);
    this.waiting += event.message.length + eventCharacters;
    if (this.waiting > mostWaiting) {
      return this.flush();
    }
    this.timer ??= setTimeout(() => void this.flush(), flushMilliseconds);
    return undefined;
  }

  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const events = this.pending;
    this.pending = [];
    const size = this.waiting - this.inSending;
    this.inSending += size;
    this.sending = this.sending
      .then(() => this.send(events))
      .finally(() => {
        this.waiting -= size;
        this.inSending -= size;
      });
    return this.sending;
  }

  close(): Promise<void> {
    return this.flush();
  }

  private async send(events: readonly LogEvent[]): Promise<void> {
    for (const batch of batches(events)) {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.create();
          await this.client.send(new PutLogEventsCommand({ logGroupName: this.group, logStreamName: this.stream, logEvents: batch }));
          break;
        } catch (error) {
          // The group may have been deleted behind our back: make it again before the next attempt.
          this.created = false;
          if (attempt === attempts) {
            this.onError(`${batch.length} log lines of ${this.group}/${this.stream} were not stored: ${String(error)}`);
            break;
          }
        }
      }
    }
  }

  private async create(): Promise<void> {
    if (this.created) {
      return;
    }
    const names = { logGroupName: this.group, logStreamName: this.stream };
    await this.client.send(new CreateLogGroupCommand({ logGroupName: this.group })).catch(ignoreExisting);
    await this.client.send(new CreateLogStreamCommand(names)).catch(ignoreExisting);
    this.created = true;
  }
}

/** Splits events into calls within the limits of PutLogEvents; a message that is too long for one event is cut. */
export function batches(events: readonly LogEvent[]): LogEvent[][] {
  const result: LogEvent[][] = [];
  let bytes = 0;
  for (const event of events) {
    const message = cut(event.message);
    const size = Buffer.byteLength(message) + overheadBytes;
    const last = result.at(-1);
    if (last === undefined || last.length >= maxEvents || bytes + size > maxBytes) {
      result.push([{ ...event, message }]);
      bytes = size;
    } else {
      last.push({ ...event, message });
      bytes += size;
    }
  }
  return result;
}

function cut(message: string): string {
  return Buffer.byteLength(message) <= maxMessageBytes ? message : Buffer.from(message).subarray(0, maxMessageBytes).toString("utf8");
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof ResourceAlreadyExistsException)) {
    throw error;
  }
}
