import { CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand, type StateValue } from "@aws-sdk/client-cloudwatch";

/** The alarms a deployment watches. */
export interface AlarmStates {
  /** Those of the named alarms that are in ALARM. */
  raised(region: string, names: readonly string[]): Promise<string[]>;
  /** Puts an alarm into a state. Resolves to where the alarm is: in CloudWatch, or only here because CloudWatch has none of that name. */
  set(region: string, name: string, state: StateValue): Promise<"cloudwatch" | "local">;
  /** Forgets the states that are only here. */
  clear(): void;
}

/**
 * Alarms of the CloudWatch behind the local endpoint. A deployment may name an alarm that was never made there; its state is kept here, until
 * the daemon ends.
 */
export class CloudWatchAlarms implements AlarmStates {
  private readonly clients = new Map<string, CloudWatchClient>();
  private readonly own = new Map<string, StateValue>();
  private publish: () => Promise<void> = async () => undefined;

  constructor(
    private readonly endpoint: string,
    private readonly log: (line: string) => void,
  ) {}

  /** Has the metrics of endpoints published before alarms are read, so that a deployment is judged by the requests of this moment. */
  readAfter(publish: () => Promise<void>): void {
    this.publish = publish;
  }

  async raised(region: string, names: readonly string[]): Promise<string[]> {
    if (names.length === 0) {
      return [];
    }
    await this.publish();
    const states = await this.known(region, names).catch((error: unknown) => {
      // As an alarm without data: what cannot be asked is not in ALARM.
      this.log(`the alarms ${names.join(", ")} cannot be read: ${String(error)}`);
      return new Map<string, StateValue>();
    });
    return names.filter((name) => (states.get(name) ?? this.own.get(`${region}/${name}`)) === "ALARM");
  }

  async set(region: string, name: string, state: StateValue): Promise<"cloudwatch" | "local"> {
    if ((await this.known(region, [name])).has(name)) {
      const StateReason = "set by the user of the local endpoint";
      await this.client(region).send(new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason }));
      this.own.delete(`${region}/${name}`);
      return "cloudwatch";
    }
    this.own.set(`${region}/${name}`, state);
    return "local";
  }

  clear(): void {
    this.own.clear();
  }

  close(): void {
    for (const client of this.clients.values()) {
      client.destroy();
    }
  }

  private async known(region: string, names: readonly string[]): Promise<Map<string, StateValue>> {
    const { MetricAlarms = [], CompositeAlarms = [] } = await this.client(region).send(
      new DescribeAlarmsCommand({ AlarmNames: [...names], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
    );
    return new Map(
      [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName = "", StateValue = "INSUFFICIENT_DATA" }) => [AlarmName, StateValue]),
    );
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
