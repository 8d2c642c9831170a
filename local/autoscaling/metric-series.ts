/** How the values of a period are made one. */
export type Statistic = "Average" | "Sum" | "Minimum" | "Maximum" | "SampleCount";

/** A level is looked at (a backlog); a rate is what was counted per minute (requests), and sums up over a period. */
export type SeriesKind = "level" | "rate";

/** Values that are kept; at the usual speed there are six in each minute of AWS. */
const longest = 2_000;

/** The values of one metric, one for each look at it, the newest last. */
export class MetricSeries {
  private readonly values: number[] = [];

  constructor(private readonly kind: SeriesKind) {}

  add(value: number): void {
    this.values.push(value);
    if (this.values.length > longest) {
      this.values.splice(0, this.values.length - longest);
    }
  }

  /**
   * The newest `count` periods of `looks` values each, the oldest first, each as one value; `undefined` when there are not yet as many.
   * `minutes` is the length of a period.
   */
  datapoints(count: number, looks: number, statistic: Statistic, minutes: number): number[] | undefined {
    if (this.values.length < count * looks) {
      return undefined;
    }
    const recent = this.values.slice(-count * looks);
    return Array.from({ length: count }, (_, index) => this.reduce(recent.slice(index * looks, (index + 1) * looks), statistic, minutes));
  }

  private reduce(values: readonly number[], statistic: Statistic, minutes: number): number {
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    // A rate counts requests, and whatever one asks of them is how many there were.
    if (this.kind === "rate") {
      return average * minutes;
    }
    switch (statistic) {
      case "Minimum":
        return Math.min(...values);
      case "Maximum":
        return Math.max(...values);
      case "Sum":
        // One value a minute, as AWS publishes them.
        return average * Math.max(1, minutes);
      case "SampleCount":
        return Math.max(1, minutes);
      default:
        return average;
    }
  }
}
