import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import { fromApi, omit, pick, type ShapeRules, toApi } from "../shapes";
import type { Context, ResourceSpec } from "../spec";
import { block, flag, number, present, requiredText, text, textMap, type Values } from "../values";
import { tagList } from "./tag-list";

const logGroup: ResourceSpec = {
  type: "aws:cloudwatch/logGroup:LogGroup",
  autoname: { property: "name", maxLength: 512 },
  computed: ["arn"],
  async create(context, inputs) {
    const logGroupName = requiredText(inputs, "name");
    await context.clients.logs.send(
      new logs.CreateLogGroupCommand({
        logGroupName,
        kmsKeyId: text(inputs, "kmsKeyId"),
        logGroupClass: text(inputs, "logGroupClass") as logs.LogGroupClass | undefined,
        tags: allTags(inputs, context.defaultTags),
      }),
    );
    await retain(context, logGroupName, inputs);
    return { id: logGroupName, outputs: { arn: logGroupArn(context, logGroupName) } };
  },
  async read(context, id) {
    const found = await findLogGroup(context, id);
    return found && present({ name: id, arn: logGroupArn(context, id), retentionInDays: found.retentionInDays, kmsKeyId: found.kmsKeyId });
  },
  async update(context, { id, news }) {
    await retain(context, id, news);
    return {};
  },
  async delete(context, id, state) {
    if (flag(state, "skipDestroy") === true) return;
    await orMissing(context.clients.logs.send(new logs.DeleteLogGroupCommand({ logGroupName: id })));
  },
};

async function findLogGroup(context: Context, name: string): Promise<logs.LogGroup | undefined> {
  const page = await orMissing(context.clients.logs.send(new logs.DescribeLogGroupsCommand({ logGroupNamePrefix: name })));
  return page?.logGroups?.find(({ logGroupName }) => logGroupName === name);
}

async function retain(context: Context, logGroupName: string, inputs: Values): Promise<void> {
  const retentionInDays = number(inputs, "retentionInDays") ?? 0;
  if (retentionInDays > 0) await context.clients.logs.send(new logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
  else await orMissing(context.clients.logs.send(new logs.DeleteRetentionPolicyCommand({ logGroupName })));
}

function logGroupArn({ partition, region, account }: Context, name: string): string {
  return `arn:${partition}:logs:${region}:${account}:log-group:${name}`;
}

const ALARM: ShapeRules = {
  renamed: {
    okActions: "OKActions",
    evaluateLowSampleCountPercentiles: "EvaluateLowSampleCountPercentile",
    metricQueries: "Metrics",
    name: "AlarmName",
  },
  single: [],
  verbatim: [],
};

const ALARM_INPUTS = ["threshold", "comparisonOperator", "evaluationPeriods", "metricName", "namespace", "period", "statistic"];

const metricAlarm: ResourceSpec = {
  type: "aws:cloudwatch/metricAlarm:MetricAlarm",
  autoname: { property: "name", maxLength: 255 },
  computed: ["arn"],
  async create(context, inputs) {
    await putAlarm(context, inputs);
    const id = requiredText(inputs, "name");
    return { id, outputs: { arn: alarmArn(context, id) } };
  },
  async read(context, id) {
    const page = await context.clients.cloudwatch.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: [id] }));
    const [found] = page.MetricAlarms ?? [];
    if (found === undefined) return undefined;
    return { ...pick(fromApi(found, ALARM), ALARM_INPUTS), name: id, arn: alarmArn(context, id) };
  },
  async update(context, { news }) {
    await putAlarm(context, news);
    return {};
  },
  async delete(context, id) {
    await orMissing(context.clients.cloudwatch.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: [id] })));
  },
};

async function putAlarm(context: Context, inputs: Values): Promise<void> {
  const dimensions = textMap(inputs, "dimensions");
  const input = {
    ...toApi(omit(inputs, ["region", "tags", "dimensions", "metricQueries", "__defaults"]), ALARM),
    ...(dimensions && { Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })) }),
    ...(Array.isArray(inputs.metricQueries) && { Metrics: inputs.metricQueries.map(metricQuery) }),
    Tags: tagList(allTags(inputs, context.defaultTags)),
  };
  await context.clients.cloudwatch.send(new cloudwatch.PutMetricAlarmCommand(input as unknown as cloudwatch.PutMetricAlarmCommandInput));
}

/** A metric of a query carries its statistic and its dimensions in structures of their own in the API. */
function metricQuery(query: Values): Record<string, unknown> {
  const metric = block(query, "metric");
  const dimensions = textMap(metric, "dimensions");
  return {
    ...toApi(omit(query, ["metric"]), ALARM),
    ...(metric && {
      MetricStat: {
        Metric: {
          MetricName: text(metric, "metricName"),
          Namespace: text(metric, "namespace"),
          Dimensions: Object.entries(dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })),
        },
        Period: number(metric, "period"),
        Stat: text(metric, "stat"),
        Unit: text(metric, "unit"),
      },
    }),
  };
}

function alarmArn({ partition, region, account }: Context, name: string): string {
  return `arn:${partition}:cloudwatch:${region}:${account}:alarm:${name}`;
}

const dashboard: ResourceSpec = {
  type: "aws:cloudwatch/dashboard:Dashboard",
  computed: ["dashboardArn"],
  async create(context, inputs) {
    const id = requiredText(inputs, "dashboardName");
    await putDashboard(context, inputs);
    return { id, outputs: { dashboardArn: dashboardArn(context, id) } };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.cloudwatch.send(new cloudwatch.GetDashboardCommand({ DashboardName: id })));
    return found && present({ dashboardName: id, dashboardBody: found.DashboardBody, dashboardArn: dashboardArn(context, id) });
  },
  async update(context, { news }) {
    await putDashboard(context, news);
    return {};
  },
  async delete(context, id) {
    await orMissing(context.clients.cloudwatch.send(new cloudwatch.DeleteDashboardsCommand({ DashboardNames: [id] })));
  },
};

async function putDashboard(context: Context, inputs: Values): Promise<void> {
  const DashboardName = requiredText(inputs, "dashboardName");
  await context.clients.cloudwatch.send(
    new cloudwatch.PutDashboardCommand({ DashboardName, DashboardBody: requiredText(inputs, "dashboardBody") }),
  );
}

function dashboardArn({ partition, account }: Context, name: string): string {
  return `arn:${partition}:cloudwatch::${account}:dashboard/${name}`;
}

export const cloudwatchResources: readonly ResourceSpec[] = [logGroup, metricAlarm, dashboard];
