import { rule } from "../rule";

export const logsRetention = rule({
  name: "logs-retention",
  description: "Log groups say how long they keep what is in them.",
  severity: "low",
  controls: ["AWS Config cw-loggroup-retention-period-check", "checkov CKV_AWS_66"],
  types: ["aws:cloudwatch/logGroup:LogGroup"],
  faults: ({ retentionInDays }) =>
    Number(retentionInDays ?? 0) > 0 ? [] : ["retentionInDays is not set; set it, to 365 or what you must keep."],
});
