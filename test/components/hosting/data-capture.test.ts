import { afterEach, describe, expect, test } from "vitest";
import { ModelService } from "../../../components";
import { Problems } from "../../../components/errors/problems";
import { checkModelTime } from "../../../components/hosting/realtime-content";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";
import { configurationType, kmsKeyArn, planned, realtimeFaults } from "./support";

afterEach(() => MockedEngine.settled());

describe("data capture", () => {
  test("goes into the platform's bucket, requests and answers, with JSON and CSV as they are", async () => {
    const engine = await planned({ dataCapture: { samplingPercentage: 20 } }, { platform: { ...platform, kmsKeyArn } });
    expect(engine.one(configurationType).inputs.dataCaptureConfig).toEqual({
      enableCapture: true,
      initialSamplingPercentage: 20,
      destinationS3Uri: "s3://shop-artifacts/captures/iris",
      kmsKeyId: kmsKeyArn,
      captureOptions: [{ captureMode: "Input" }, { captureMode: "Output" }],
      captureContentTypeHeader: { jsonContentTypes: ["application/json"], csvContentTypes: ["text/csv"] },
    });
  });

  test("is what is asked for: options, place and media types", async () => {
    const dataCapture = {
      samplingPercentage: 0,
      options: ["Output"],
      destination: "s3://captures/iris/",
      jsonContentTypes: ["application/jsonlines"],
      csvContentTypes: ["text/tab-separated-values"],
    };
    expect((await planned({ dataCapture })).one(configurationType).inputs.dataCaptureConfig).toEqual({
      enableCapture: true,
      initialSamplingPercentage: 0,
      destinationS3Uri: "s3://captures/iris",
      captureOptions: [{ captureMode: "Output" }],
      captureContentTypeHeader: { jsonContentTypes: ["application/jsonlines"], csvContentTypes: ["text/tab-separated-values"] },
    });
  });

  test.each<[object, string[]]>([
    [{}, ["dataCapture.samplingPercentage: is missing; it is required"]],
    [{ samplingPercentage: 101 }, ["dataCapture.samplingPercentage: got 101; allowed is a whole number from 0 to 100"]],
    [{ samplingPercentage: 0.5 }, ["dataCapture.samplingPercentage: got 0.5; allowed is a whole number from 0 to 100"]],
    [{ samplingPercentage: 1, options: ["Headers"] }, ['dataCapture.options[0]: got "Headers"; allowed are Input, Output']],
    [{ samplingPercentage: 1, options: [] }, ["dataCapture.options: has 0 entries; allowed are 1 to 2"]],
    [
      { samplingPercentage: 1, options: ["Input", "Input"] },
      ['dataCapture.options: got ["Input","Input"]; each of Input and Output can be there once'],
    ],
    [{ samplingPercentage: 1, destination: "captures" }, ['dataCapture.destination: got "captures"; allowed is s3://<bucket>/<prefix>']],
    [
      { samplingPercentage: 1, jsonContentTypes: ["json"] },
      ['dataCapture.jsonContentTypes[0]: got "json"; allowed is a media type, such as application/json'],
    ],
    [
      { samplingPercentage: 1, csvContentTypes: ["application/json"] },
      ['dataCapture.csvContentTypes: got ["application/json"], which jsonContentTypes has too; a media type is written in one way'],
    ],
  ])("given %j has the faults %j", (dataCapture, faults) => {
    expect(realtimeFaults({ dataCapture })).toEqual(faults);
  });
});

describe("the role of a model with variants, data capture and alarms", () => {
  test("may read what each variant serves, write captures, and watch its alarms: that and no more", async () => {
    const engine = await MockedEngine.start();
    const other = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/other@sha256:${"6".repeat(64)}`;
    const service = new ModelService("iris", {
      platform,
      image: imageUri,
      realtime: {
        instanceType: "ml.m5.large",
        variants: { candidate: { weight: 1, image: other, modelDataUrl: "s3://shop-artifacts/candidate/model.tar.gz" } },
        dataCapture: { samplingPercentage: 100 },
        rollout: { type: "ALL_AT_ONCE", alarms: ["errors"] },
      },
    });
    await promiseOf(service.endpointName);
    await MockedEngine.settled();
    const policy = engine.one("aws:iam/rolePolicy:RolePolicy", "iris-serving-role-policy").inputs.policy as string;
    const { Statement } = JSON.parse(policy) as { Statement: { Sid: string; Action: string[]; Resource: string[] }[] };
    const statements = Object.fromEntries(Statement.map(({ Sid, Action, Resource }) => [Sid, { Action, Resource }]));
    const repository = "arn:aws:ecr:eu-central-1:123456789012:repository";
    expect(statements.PullImages?.Resource).toEqual([`${repository}/other`, `${repository}/shop-models`]);
    expect(statements.Read).toEqual({ Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::shop-artifacts/candidate/model.tar.gz"] });
    expect(statements.Write).toEqual({
      Action: ["s3:PutObject", "s3:AbortMultipartUpload"],
      Resource: ["arn:aws:s3:::shop-artifacts/captures/iris/*"],
    });
    expect(statements.WatchAlarms).toEqual({
      Action: ["cloudwatch:DescribeAlarms"],
      Resource: ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:errors"],
    });
  });
});

describe("the time that a prediction may take", () => {
  test.each<[string | undefined, object, number]>([
    ["29", {}, 0],
    ["30", {}, 1],
    ["20", { timeout: "10s" }, 1],
    ["10", { timeout: "10s" }, 0],
    ["300", { streaming: true }, 0],
    [undefined, {}, 0],
  ])("of %s seconds before an API with %j has %i faults", (time, api, count) => {
    const problems = new Problems();
    checkModelTime(time === undefined ? undefined : { SAGEMAKER_MODEL_SERVER_TIMEOUT: time }, api, problems);
    expect(problems.faults).toHaveLength(count);
  });

  test("is told with what callers wait, and what to do", () => {
    const problems = new Problems();
    checkModelTime({ SAGEMAKER_MODEL_SERVER_TIMEOUT: "60" }, {}, problems);
    expect(problems.faults).toEqual([
      {
        path: "environment.SAGEMAKER_MODEL_SERVER_TIMEOUT",
        reason: 'got "60", and callers of the API wait 29 seconds; let a prediction take less, or serve with async',
      },
    ]);
  });
});
