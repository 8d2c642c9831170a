import type { Regions } from "../control-plane/regions";
import { ApplicationAutoScaling } from "./application-auto-scaling";
import { Autoscaler } from "./autoscaler";
import type { SeriesSources } from "./endpoint-series";
import { MetricPublication } from "./metric-publication";
import { CloudWatchPolicyAlarms } from "./policy-alarms";
import type { ScalingSettings } from "./scaling-settings";

export interface AutoScalingOptions extends SeriesSources {
  readonly regions: Regions;
  /** Where CloudWatch is. */
  readonly endpointUrl: string;
  readonly settings: ScalingSettings;
  readonly log: (line: string) => void;
}

/** Application Auto Scaling as a whole: its API, what acts on the policies, and the metrics of endpoints. */
export class AutoScaling {
  readonly api: ApplicationAutoScaling;
  private readonly alarms: CloudWatchPolicyAlarms;
  private readonly autoscaler: Autoscaler;
  private readonly publication: MetricPublication;

  constructor(options: AutoScalingOptions) {
    this.alarms = new CloudWatchPolicyAlarms(options.endpointUrl);
    this.api = new ApplicationAutoScaling({ ...options, alarms: this.alarms });
    this.autoscaler = new Autoscaler({ ...options, alarms: this.alarms });
    this.publication = new MetricPublication(options);
  }

  start(): void {
    this.autoscaler.start();
    this.publication.start();
  }

  /** Puts the metrics of this moment into CloudWatch. */
  publish(): Promise<void> {
    return this.publication.publish();
  }

  async close(): Promise<void> {
    await this.autoscaler.close();
    await this.publication.close();
    this.alarms.close();
  }
}
