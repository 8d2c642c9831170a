import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  ResourceNotFound,
  SetAlarmStateCommand,
  type StateValue,
} from "@aws-sdk/client-cloudwatch";
import { ServiceError } from "../control-plane/service-error";

/** An alarm that has scaling policies among its actions. */
export interface PolicyAlarm {
  readonly name: string;
  readonly arn: string;
  /** The policies it triggers while it is in ALARM. */
  readonly policyArns: readonly string[];
  readonly alarm: MetricAlarm;
}

export interface PolicyAlarms {
  /** Throws FailedResourceAccessException when CloudWatch does not answer. */
  of(region: string): Promise<PolicyAlarm[]>;
  set(region: string, name: string, state: StateValue, reason: string): Promise<void>;
  /** Makes an alarm, or makes one of its name what is given. Throws as `of` does. */
  put(region: string, alarm: PutMetricAlarmCommandInput): Promise<void>;
  /** Takes away those of the alarms that are there. Throws as `of` does. */
  delete(region: string, names: readonly string[]): Promise<void>;
}

/** The alarms of the CloudWatch behind the local endpoint. It acts on topics by itself, and leaves scaling policies to others. */
export class CloudWatchPolicyAlarms implements PolicyAlarms {
  private readonly clients = new Map<string, CloudWatchClient>();

  constructor(private readonly endpoint: string) {}

  async of(region: string): Promise<PolicyAlarm[]> {
    const found: PolicyAlarm[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.client(region)
        .send(new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm"], MaxRecords: 100, NextToken }))
        .catch(failed("read"));
      for (const alarm of page.MetricAlarms ?? []) {
        const policyArns = (alarm.AlarmActions ?? []).filter((action) => action.includes(":scalingPolicy:"));
        if (policyArns.length > 0) {
          found.push({ name: alarm.AlarmName ?? "", arn: alarm.AlarmArn ?? "", policyArns, alarm });
        }
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return found;
  }

  async set(region: string, AlarmName: string, StateValue: StateValue, StateReason: string): Promise<void> {
    await this.client(region).send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason }));
  }

  async put(region: string, alarm: PutMetricAlarmCommandInput): Promise<void> {
    await this.client(region).send(new PutMetricAlarmCommand(alarm)).catch(failed("made"));
  }

  async delete(region: string, names: readonly string[]): Promise<void> {
    // CloudWatch takes a hundred at once.
    for (let start = 0; start < names.length; start += 100) {
      const AlarmNames = names.slice(start, start + 100);
      const gone = (error: unknown): void => {
        if (!(error instanceof ResourceNotFound)) {
          failed("deleted")(error);
        }
      };
      await this.client(region).send(new DeleteAlarmsCommand({ AlarmNames })).catch(gone);
    }
  }

  close(): void {
    for (const client of this.clients.values()) {
      client.destroy();
    }
  }

  private client(region: string): CloudWatchClient {
    let client = this.clients.get(region);
    if (client === undefined) {
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      client = new CloudWatchClient({ endpoint: this.endpoint, region, credentials, maxAttempts: 2 });
      this.clients.set(region, client);
    }
    return client;
  }
}

function failed(what: string): (error: unknown) => never {
  return (error) => {
    throw new ServiceError("FailedResourceAccessException", `The alarms of the scaling policies cannot be ${what}: ${String(error)}`);
  };
}
