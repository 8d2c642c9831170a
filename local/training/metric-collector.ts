import type { MetricDefinition } from "@aws-sdk/client-sagemaker";
import type { FinalMetric } from "../control-plane/records";

/** Matches a job's metric definitions against its log lines and keeps the last value of each. */
export class MetricCollector {
  private readonly patterns: { readonly name: string; readonly expression: RegExp }[] = [];
  private readonly values = new Map<string, FinalMetric>();

  constructor(definitions: readonly MetricDefinition[] = []) {
    for (const { Name, Regex } of definitions) {
      if (Name !== undefined && Regex !== undefined) {
        this.patterns.push({ name: Name, expression: new RegExp(Regex) });
      }
    }
  }

  readonly onLine = (line: string): void => {
    for (const { name, expression } of this.patterns) {
      const value = Number.parseFloat(expression.exec(line)?.[1] ?? "");
      if (Number.isFinite(value)) {
        this.values.set(name, { name, value, at: Date.now() });
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
