import type { MetricDefinition } from "@aws-sdk/client-sagemaker";
import type { FinalMetric } from "../control-plane/records";
import type { MetricPublisher } from "./metric-publisher";

/** Matches a job's metric definitions against its log lines, publishes every value and keeps the last of each metric. */
export class MetricCollector {
  private readonly patterns: { readonly name: string; readonly expression: RegExp }[] = [];
  private readonly values = new Map<string, FinalMetric>();

  constructor(
    definitions: readonly MetricDefinition[] = [],
    private readonly publisher?: Pick<MetricPublisher, "add">,
  ) {
    for (const { Name, Regex } of definitions) {
      if (Name !== undefined && Regex !== undefined) {
        this.patterns.push({ name: Name, expression: new RegExp(Regex) });
      }
    }
  }

  /** A line that a host's container printed. */
  readonly onLine = (line: string, host: string): void => {
    for (const { name, expression } of this.patterns) {
      const value = Number.parseFloat(expression.exec(line)?.[1] ?? "");
      if (Number.isFinite(value)) {
        const metric = { name, value, at: Date.now() };
        this.values.set(name, metric);
        this.publisher?.add(metric, host);
      }
    }
  };

  /** The last value of each metric seen, in the order of the definitions. */
  final(): FinalMetric[] {
    return this.patterns.flatMap(({ name }) => {
      const metric = this.values.get(name);
      return metric === undefined ? [] : [metric];
    });
  }
}
