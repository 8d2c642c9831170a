import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchWhole } from "../../support/fetch-whole";
import { Program } from "./support/program";
import { type ProviderUnderTest, startProviderUnderTest } from "./support/provider-under-test";

const services = `
const knobs = JSON.parse(require("fs").readFileSync("knobs.json", "utf8"));
const key = new aws.kms.Key("data", { description: knobs.description, enableKeyRotation: true, deletionWindowInDays: 7 });
const alias = new aws.kms.Alias("data", { targetKeyId: key.keyId });
const group = new aws.cloudwatch.LogGroup("app", { retentionInDays: knobs.retention, name: knobs.groupName });
const topic = new aws.sns.Topic("alerts", { displayName: "alerts" });
const queue = new aws.sqs.Queue("jobs", { visibilityTimeoutSeconds: knobs.visibility });
new aws.sqs.QueuePolicy("jobs", { queueUrl: queue.url, policy: queue.arn.apply((arn) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: "sns.amazonaws.com" }, Action: "sqs:SendMessage", Resource: arn }] })) });
new aws.sns.TopicSubscription("alerts-to-jobs", { topic: topic.arn, protocol: "sqs", endpoint: queue.arn, rawMessageDelivery: true });
const alarm = new aws.cloudwatch.MetricAlarm("errors", { comparisonOperator: "GreaterThanThreshold", evaluationPeriods: 1, metricName: "Errors", namespace: "AWS/Lambda", period: 60, statistic: "Sum", threshold: knobs.threshold, dimensions: { FunctionName: "f" }, alarmActions: [topic.arn] });
const parameter = new aws.ssm.Parameter("how", { name: "/app/how", type: "String", value: knobs.description });
new aws.cloudwatch.Dashboard("board", { dashboardName: "board", dashboardBody: JSON.stringify({ widgets: [] }) });
const scaling = new aws.appautoscaling.Target("scaling", { minCapacity: 1, maxCapacity: 4, resourceId: "table/t", scalableDimension: "dynamodb:table:ReadCapacityUnits", serviceNamespace: "dynamodb" });
exports.found = { key: key.arn, alias: alias.name, group: group.name, topic: topic.arn, queue: queue.url, alarm: alarm.name, parameter: parameter.arn };
exports.region = aws.getRegionOutput().region;
exports.account = aws.getCallerIdentityOutput().accountId;
exports.partition = aws.getPartitionOutput().partition;
exports.zones = aws.getAvailabilityZonesOutput().names;
exports.registry = aws.ecr.getAuthorizationTokenOutput().userName;
exports.image = aws.sagemaker.getPrebuiltEcrImageOutput({ repositoryName: "sagemaker-scikit-learn", imageTag: "1.2-1" }).registryPath;
exports.policy = aws.iam.getPolicyDocumentOutput({ statements: [{ actions: ["s3:GetObject"], resources: ["arn:aws:s3:::b/*"], conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: ["1"] }] }] }).minifiedJson;
`;

const knobs = { description: "data", retention: 7, groupName: "/app/one", visibility: 30, threshold: 5 };

describe("the services around SageMaker, on the real engine", () => {
  let provider: ProviderUnderTest;
  let program: Program;
  const turn = (changes: Partial<typeof knobs>) => program.write("knobs.json", JSON.stringify({ ...knobs, ...changes }));

  beforeAll(async () => {
    provider = await startProviderUnderTest();
    program = await Program.create(provider);
    program.is(services);
    turn({});
  });
  afterAll(async () => {
    program?.remove();
    await provider?.stop();
  });

  it("are made, and the functions answer for the local account", async () => {
    const run = await program.up();
    expect(run.exitCode).toBe(0);
    expect(run.text.trim()).toBe(
      "aws:appautoscaling/target:Target has no local behaviour: it is recorded in the state, and nothing else happens",
    );
    expect(await program.outputs()).toEqual({
      found: {
        key: expect.stringMatching(/^arn:aws:kms:us-east-1:000000000000:key\//),
        alias: expect.stringMatching(/^alias\/data-[0-9a-f]{7}$/),
        group: "/app/one",
        topic: expect.stringMatching(/^arn:aws:sns:us-east-1:000000000000:alerts-[0-9a-f]{7}$/),
        queue: expect.stringMatching(/\/jobs-[0-9a-f]{7}$/),
        alarm: expect.stringMatching(/^errors-[0-9a-f]{7}$/),
        parameter: "arn:aws:ssm:us-east-1:000000000000:parameter/app/how",
      },
      region: "us-east-1",
      account: "000000000000",
      partition: "aws",
      zones: ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"],
      registry: "AWS",
      image: expect.stringMatching(/\.dkr\.ecr\.us-east-1\.amazonaws\.com\/sagemaker-scikit-learn:1\.2-1$/),
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: "s3:GetObject",
            Resource: "arn:aws:s3:::b/*",
            Condition: { StringEquals: { "aws:SourceAccount": "1" } },
          },
        ],
      }),
    });
    expect((await program.preview()).steps).toEqual([]);
  });

  it("are updated in place where the real provider does so", async () => {
    turn({ description: "more data", retention: 14, visibility: 60, threshold: 9 });
    const run = await program.up();
    expect(run.exitCode).toBe(0);
    expect([...run.steps].sort()).toEqual([
      "update aws:cloudwatch/logGroup:LogGroup app",
      "update aws:cloudwatch/metricAlarm:MetricAlarm errors",
      "update aws:kms/key:Key data",
      "update aws:sqs/queue:Queue jobs",
      "update aws:ssm/parameter:Parameter how",
    ]);
  });

  it("are replaced, the old one first, when a name that the program gave changes", async () => {
    turn({ description: "more data", retention: 14, visibility: 60, threshold: 9, groupName: "/app/two" });
    const run = await program.up();
    expect(run.exitCode).toBe(0);
    expect(run.steps).toEqual([
      "delete-replaced aws:cloudwatch/logGroup:LogGroup app",
      "replace aws:cloudwatch/logGroup:LogGroup app",
      "create-replacement aws:cloudwatch/logGroup:LogGroup app",
    ]);
  });

  it("show as deleted in a refresh when someone deleted them, and are made again by the next update", async () => {
    const { found } = await program.outputs<{ found: { queue: string } }>();
    const queue = new URL(found.queue);
    await fetchWhole(provider.endpointUrl, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request",
      },
      body: new URLSearchParams({ Action: "DeleteQueue", QueueUrl: queue.href, Version: "2012-11-05" }).toString(),
    });
    const refreshed = await program.refresh();
    expect(refreshed.exitCode).toBe(0);
    expect((await program.resources()).filter(({ type }) => type === "aws:sqs/queue:Queue")).toEqual([]);
    const run = await program.up();
    expect(run.exitCode).toBe(0);
    expect(run.steps).toContain("create aws:sqs/queue:Queue jobs");
  });

  it("leave nothing when they are destroyed", async () => {
    const run = await program.destroy();
    expect(run.text).toBe("");
    expect(run.exitCode).toBe(0);
    expect(await program.resources()).toEqual([]);
  });
});
