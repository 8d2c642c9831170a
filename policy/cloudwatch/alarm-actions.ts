import { rule } from "../rule";

export const cloudwatchAlarmActions = rule({
  name: "cloudwatch-alarm-actions",
  description: "Somebody hears of an alarm that goes off, or something acts on it.",
  severity: "high",
  controls: ["Security Hub CloudWatch.15", "AWS Config cloudwatch-alarm-action-check"],
  advisory: true,
  types: ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"],
  faults: ({ alarmActions }) =>
    (Array.isArray(alarmActions) && alarmActions.length === 0) || alarmActions === undefined
      ? ["alarmActions is not set; give the ARN of a topic, as alarmTopicArns of the platform does for all models."]
      : [],
});
