import { describe, expect, it } from "vitest";
import { invoke } from "../../../local/provider/functions";
import { testContext } from "./context";

const context = testContext({ region: "eu-central-1" });

describe("functions", () => {
  it("answer by the full token and by the short one that YAML programs write", async () => {
    const full = await invoke("aws:index/getRegion:getRegion", context, {});
    expect(full).toMatchObject({ region: "eu-central-1", name: "eu-central-1", description: "Europe (Frankfurt)" });
    expect(await invoke("aws:getRegion", context, {})).toEqual(full);
    expect(await invoke("aws:index:getRegion", context, {})).toEqual(full);
    expect(await invoke("aws:ecr:getAuthorizationToken", context, {})).toMatchObject({
      userName: "AWS",
      proxyEndpoint: "https://000000000000.dkr.ecr.eu-central-1.amazonaws.com",
    });
  });

  it("answer for the region that is asked for", async () => {
    expect(await invoke("aws:getAvailabilityZones", context, { region: "us-west-2", excludeNames: ["us-west-2b"] })).toMatchObject({
      names: ["us-west-2a", "us-west-2c", "us-west-2d"],
      zoneIds: ["usw2-az1", "usw2-az3", "usw2-az4"],
    });
  });

  it("that have no local behaviour are refused by name, with those that have", async () => {
    await expect(invoke("aws:ssm/getParameter:getParameter", context, {})).rejects.toThrow(
      "function aws:ssm/getParameter:getParameter has no local behaviour; these have: aws:index/getRegion:getRegion,",
    );
  });

  it("write policy documents as the real one does", async () => {
    const statement = {
      sid: "Read",
      actions: ["s3:GetObject", "s3:ListBucket"],
      resources: ["*"],
      principals: [
        { type: "Service", identifiers: ["sagemaker.amazonaws.com"] },
        { type: "Service", identifiers: ["lambda.amazonaws.com"] },
      ],
      conditions: [{ test: "StringEquals", variable: "aws:SourceAccount", values: ["1", "2"] }],
    };
    const source = JSON.stringify({ Statement: [{ Sid: "Read", Effect: "Deny", Action: "*", Resource: "*" }] });
    const { json } = await invoke("aws:iam/getPolicyDocument:getPolicyDocument", context, {
      statements: [statement, { effect: "Deny", notActions: ["iam:*"], resources: ["a"], principals: [{ type: "*", identifiers: ["*"] }] }],
      sourcePolicyDocuments: [source],
    });
    expect(JSON.parse(String(json))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Read",
          Effect: "Allow",
          Action: ["s3:ListBucket", "s3:GetObject"],
          Resource: "*",
          Principal: { Service: ["sagemaker.amazonaws.com", "lambda.amazonaws.com"] },
          Condition: { StringEquals: { "aws:SourceAccount": ["1", "2"] } },
        },
        { Effect: "Deny", NotAction: "iam:*", Resource: "a", Principal: "*" },
      ],
    });
  });
});
