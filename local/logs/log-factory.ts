import { join } from "node:path";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ContainerLog } from "./container-log";
import { LogStreamWriter } from "./log-stream-writer";

/** Where a container's output goes. */
export interface LogTarget {
  /** Name of the file in the state folder's `logs`, without ending. */
  readonly file: string;
  readonly region: string;
  readonly group: string;
  readonly stream: string;
  readonly onLine?: (line: string) => void;
}

/** Opens the logs of containers. */
export interface LogFactory {
  open(target: LogTarget): ContainerLog;
}

/** Logs to files of the state folder and to CloudWatch Logs behind the local endpoint. */
export class CloudWatchLogFactory implements LogFactory {
  private readonly clients = new Map<string, CloudWatchLogsClient>();

  constructor(
    private readonly folder: string,
    private readonly endpoint: string,
    private readonly log: (line: string) => void,
  ) {}

  open({ file, region, group, stream, onLine }: LogTarget): ContainerLog {
    return new ContainerLog(join(this.folder, `${file}.log`), new LogStreamWriter(this.client(region), group, stream, this.log), onLine);
  }

  close(): void {
    for (const client of this.clients.values()) {
      client.destroy();
    }
  }

  private client(region: string): CloudWatchLogsClient {
    let client = this.clients.get(region);
    if (client === undefined) {
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      client = new CloudWatchLogsClient({ endpoint: this.endpoint, region, credentials, maxAttempts: 1 });
      this.clients.set(region, client);
    }
    return client;
  }
}
