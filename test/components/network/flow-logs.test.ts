import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Network, Platform } from "../../../components";
import { flowLogsPermissions } from "../../../components/network/flow-logs";
import { isAllowed, statementsOf } from "../../safety/iam/evaluate";
import { MockedEngine } from "../../support/mocks";
import { promiseOf } from "../../support/promise-of";

const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
const permissionsBoundaryArn = "arn:aws:iam::123456789012:policy/boundary";
const logs = "arn:aws:logs:eu-central-1:123456789012:log-group";

describe("the flow logs of a network", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test("are of all connections, kept for a year, written by a role of their own that only flow logs of this account assume", async () => {
    await promiseOf(new Network("net", { flowLogs: {} }).securityGroupIds);
    await MockedEngine.settled();
    expect(engine.one("aws:ec2/flowLog:FlowLog", "net-flow-log")).toMatchObject({
      inputs: {
        vpcId: "vpc-0a1b",
        trafficType: "ALL",
        logDestinationType: "cloud-watch-logs",
        logDestination: `${logs}:/slipway/net-flow-logs`,
        iamRoleArn: "arn:aws:iam::123456789012:role/net-flow-logs-role-1a2b3c4",
      },
      dependencies: expect.arrayContaining(["aws:iam/rolePolicy:RolePolicy net-flow-logs-policy"]),
    });
    expect(engine.one("aws:cloudwatch/logGroup:LogGroup").inputs).toEqual({ name: "/slipway/net-flow-logs", retentionInDays: 365 });
    expect(JSON.parse(String(engine.one("aws:iam/role:Role").inputs.assumeRolePolicy))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "vpc-flow-logs.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: {
            ArnLike: { "aws:SourceArn": "arn:aws:ec2:eu-central-1:123456789012:vpc-flow-log/*" },
            StringEquals: { "aws:SourceAccount": "123456789012" },
          },
        },
      ],
    });
  });

  test("in a platform have its key and its permissions boundary, unless they are given others", async () => {
    const other = `${permissionsBoundaryArn}-2`;
    const network = { flowLogs: { trafficType: "REJECT", retentionInDays: 30, permissionsBoundaryArn: other } };
    await promiseOf(new Platform("shop", { kmsKeyArn, permissionsBoundaryArn, network }).exports);
    await MockedEngine.settled();
    expect(engine.one("aws:cloudwatch/logGroup:LogGroup").inputs).toMatchObject({ kmsKeyId: kmsKeyArn, retentionInDays: 30 });
    expect(engine.one("aws:iam/role:Role").inputs).toMatchObject({ permissionsBoundary: other });
    expect(engine.one("aws:ec2/flowLog:FlowLog").inputs).toMatchObject({ trafficType: "REJECT" });
  });

  test("are not there unless asked for", async () => {
    await promiseOf(new Network("net", {}).securityGroupIds);
    await MockedEngine.settled();
    expect(engine.names().filter((name) => /iam|logGroup|flowLog/i.test(name))).toEqual([]);
  });
});

describe("the role of flow logs", () => {
  const scope = { partition: "aws", region: "eu-central-1", accountId: "123456789012" };
  const statements = statementsOf(flowLogsPermissions(scope, "/slipway/net-flow-logs"));
  const may = (action: string, resource: string) => isAllowed(statements, { action, resource });

  test("may write the one log group and list the groups of the region, and nothing else", () => {
    expect(may("logs:PutLogEvents", `${logs}:/slipway/net-flow-logs:log-stream:eni-1-all`)).toBe(true);
    expect(may("logs:DescribeLogGroups", `${logs}:anything`)).toBe(true);
    const elsewhere = [
      ["logs:PutLogEvents", `${logs}:/aws/lambda/iris:log-stream:a`],
      ["logs:PutLogEvents", `${logs.replace("123456789012", "999999999999")}:/slipway/net-flow-logs:log-stream:a`],
      ["logs:GetLogEvents", `${logs}:/slipway/net-flow-logs:log-stream:a`],
      ["logs:DescribeLogGroups", `${logs.replace("eu-central-1", "us-west-2")}:anything`],
      ["logs:DeleteLogGroup", `${logs}:/slipway/net-flow-logs`],
    ] as const;
    expect(elsewhere.filter(([action, resource]) => may(action, resource))).toEqual([]);
  });
});
