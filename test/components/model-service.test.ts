import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ModelService, type ModelServiceArgs } from "../../components";
import { FakeAws } from "../support/fake-aws";
import { MockedEngine } from "../support/mocks";
import { imageUri, platform } from "../support/platform";
import { faultsOf, promiseOf, refusalOf } from "../support/promise-of";

const iris: ModelServiceArgs = {
  platform,
  code: "models/iris",
  training: { instanceType: "ml.m5.large", spot: true, maxRuntime: "2h", channels: { train: "models/iris/data" } },
  realtime: { instanceType: "ml.m5.xlarge", instances: { min: 2, max: 6 } },
  api: { path: "/iris" },
};

let engine: MockedEngine;
let aws: FakeAws;
beforeAll(async () => {
  aws = await FakeAws.start();
});
afterAll(() => aws.stop());
beforeEach(async () => {
  engine = await MockedEngine.start();
});
afterEach(() => MockedEngine.settled());

/** A declaration that may be faulty, to be refused. */
const declare =
  (args: unknown, name = "iris") =>
  () =>
    new ModelService(name, args as ModelServiceArgs);

describe("a declared model", () => {
  test("leaves channel data out of its image however the paths are written", async () => {
    const imageName = async (args: ModelServiceArgs) => {
      const { image } = new ModelService("iris", args).nodes;
      if (image === undefined) throw new Error("the model has no image");
      const name = await promiseOf(image.nodes.image.imageName);
      await MockedEngine.settled();
      return name;
    };
    const channels = { train: "./models/iris/data/" };
    const plain = await imageName(iris);
    expect(plain).toMatch(/:iris-image-[0-9a-f]{16}$/);
    expect(await imageName({ ...iris, training: { instanceType: "ml.m5.large", channels } })).toBe(plain);
  });

  test("is an image, a training job, an endpoint and an API, each with the roles it needs and nothing else", async () => {
    await promiseOf(new ModelService("iris", iris).outputs);
    await MockedEngine.settled();
    expect(engine.names()).toMatchInlineSnapshot(`
      [
        "aws:apigatewayv2/api:Api iris-api",
        "aws:apigatewayv2/integration:Integration iris-api-integration",
        "aws:apigatewayv2/route:Route iris-api-route",
        "aws:apigatewayv2/stage:Stage iris-api-stage",
        "aws:appautoscaling/policy:Policy iris-endpoint-scaling-policy",
        "aws:appautoscaling/target:Target iris-endpoint-scaling",
        "aws:cloudwatch/logGroup:LogGroup iris-api-access-logs",
        "aws:cloudwatch/logGroup:LogGroup iris-api-function-logs",
        "aws:cloudwatch/metricAlarm:MetricAlarm iris-endpoint-disk",
        "aws:cloudwatch/metricAlarm:MetricAlarm iris-endpoint-errors",
        "aws:cloudwatch/metricAlarm:MetricAlarm iris-endpoint-latency",
        "aws:cloudwatch/metricAlarm:MetricAlarm iris-endpoint-memory",
        "aws:iam/role:Role iris-api-role",
        "aws:iam/role:Role iris-serving-role",
        "aws:iam/role:Role iris-training-role",
        "aws:iam/rolePolicy:RolePolicy iris-api-policy",
        "aws:iam/rolePolicy:RolePolicy iris-serving-role-policy",
        "aws:iam/rolePolicy:RolePolicy iris-training-role-policy",
        "aws:lambda/function:Function iris-api-function",
        "aws:lambda/permission:Permission iris-api-permission",
        "aws:s3/bucketObjectv2:BucketObjectv2 iris-training-train-iris.csv",
        "aws:sagemaker/endpoint:Endpoint iris-endpoint",
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration iris-endpoint-config",
        "aws:sagemaker/model:Model iris-endpoint-model",
        "aws:sagemaker/trainingJob:TrainingJob iris-training",
        "aws:ssm/parameter:Parameter iris-parameter",
        "docker:index/image:Image iris-image",
        "slipway:index:Endpoint iris-endpoint",
        "slipway:index:EndpointScaling iris-endpoint-scaling",
        "slipway:index:ExecutionRole iris-serving-role",
        "slipway:index:ExecutionRole iris-training-role",
        "slipway:index:InferenceApi iris-api",
        "slipway:index:ModelImage iris-image",
        "slipway:index:ModelService iris",
        "slipway:index:TrainingJob iris-training",
      ]
    `);
  });

  test("tells clients all they need to call it", async () => {
    expect(await promiseOf(new ModelService("iris", iris).outputs)).toEqual({
      endpointName: "shop-iris",
      endpointArn: "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-iris",
      kind: "realtime",
      region: "eu-central-1",
      apiUrl: "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/iris",
      apiKind: "http",
      apiAuthorization: "NONE",
      contentTypes: ["application/json"],
      trainingJobName: expect.stringMatching(/^iris-[0-9a-f]{10}-1$/),
    });
  });

  test("has its description in the parameter store, for clients that have no access to the stack", async () => {
    const service = new ModelService("iris", iris);
    const described = await promiseOf(service.outputs);
    await MockedEngine.settled();
    const { inputs, parent } = engine.one("aws:ssm/parameter:Parameter");
    expect([inputs.name, inputs.type, JSON.parse(String(inputs.insecureValue))]).toEqual(["/slipway/shop/iris", "String", described]);
    expect(parent).toBe("slipway:index:ModelService iris");
  });

  test("without training, model data or API is a role and an endpoint on the given image", async () => {
    const service = new ModelService("summarise", { platform, image: imageUri, realtime: { instanceType: "ml.m5.large" } });
    expect(await promiseOf(service.outputs)).toEqual({
      endpointName: "shop-summarise",
      endpointArn: "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-summarise",
      kind: "realtime",
      region: "eu-central-1",
      contentTypes: ["application/json"],
    });
    await MockedEngine.settled();
    expect(engine.names()).toEqual([
      ...["disk", "errors", "latency", "memory"].map((of) => `aws:cloudwatch/metricAlarm:MetricAlarm summarise-endpoint-${of}`),
      "aws:iam/role:Role summarise-serving-role",
      "aws:iam/rolePolicy:RolePolicy summarise-serving-role-policy",
      "aws:sagemaker/endpoint:Endpoint summarise-endpoint",
      "aws:sagemaker/endpointConfiguration:EndpointConfiguration summarise-endpoint-config",
      "aws:sagemaker/model:Model summarise-endpoint-model",
      "aws:ssm/parameter:Parameter summarise-parameter",
      "slipway:index:Endpoint summarise-endpoint",
      "slipway:index:ExecutionRole summarise-serving-role",
      "slipway:index:ModelService summarise",
    ]);
  });

  test("on a serverless endpoint is the same but for how it is served, and its role joins no network", async () => {
    const { realtime: _realtime, ...others } = iris;
    const service = new ModelService("iris", { ...others, serverless: { memorySizeInMb: 2048, maxConcurrency: 5 } });
    expect(await promiseOf(service.outputs)).toMatchObject({ endpointName: "shop-iris", kind: "serverless" });
    await MockedEngine.settled();
    expect(engine.names().filter((name) => name.includes("appautoscaling"))).toEqual([]);
    expect(engine.one("aws:iam/role:Role", "iris-serving-role").inputs.description).toBe("SageMaker serverless (iris-serving-role)");
    expect(String(engine.one("aws:iam/rolePolicy:RolePolicy", "iris-serving-role-policy").inputs.policy)).not.toContain("ec2:");
  });

  test("on an asynchronous endpoint tells clients its locations and the topics made for it, and its role may do no more than use them", async () => {
    const { realtime: _realtime, api: _api, ...others } = iris;
    const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
    const service = new ModelService("iris", {
      ...others,
      platform: { ...platform, kmsKeyArn },
      async: { instanceType: "ml.m5.large", notifications: { includeResponseIn: ["ERROR_NOTIFICATION_TOPIC"] } },
    });
    const [successTopicArn, errorTopicArn] = ["success", "error"].map(
      (what) => `arn:aws:sns:eu-central-1:123456789012:iris-topics-${what}-1a2b3c4`,
    );
    expect(await promiseOf(service.outputs)).toEqual({
      endpointName: "shop-iris",
      endpointArn: "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-iris",
      kind: "async",
      region: "eu-central-1",
      contentTypes: ["application/json"],
      trainingJobName: expect.stringMatching(/^iris-[0-9a-f]{10}-1$/),
      inputLocation: "s3://shop-artifacts/async/iris/input",
      outputLocation: "s3://shop-artifacts/async/iris/output",
      failureLocation: "s3://shop-artifacts/async/iris/failure",
      successTopicArn,
      errorTopicArn,
    });
    await MockedEngine.settled();
    for (const what of ["success", "error"]) {
      const { inputs } = engine.one("aws:sns/topic:Topic", `iris-topics-${what}`);
      expect(inputs).toMatchObject({ kmsMasterKeyId: kmsKeyArn, tags: { "slipway:model": "iris" } });
    }
    expect(engine.one("aws:sagemaker/endpointConfiguration:EndpointConfiguration").inputs.asyncInferenceConfig).toMatchObject({
      outputConfig: {
        notificationConfig: {
          successTopic: successTopicArn,
          errorTopic: errorTopicArn,
          includeInferenceResponseIns: ["ERROR_NOTIFICATION_TOPIC"],
        },
      },
    });
    const policy = engine.one("aws:iam/rolePolicy:RolePolicy", "iris-serving-role-policy").inputs.policy as string;
    const { Statement } = JSON.parse(policy) as { Statement: { Sid: string; Resource: string[] }[] };
    const resources = Object.fromEntries(Statement.map(({ Sid, Resource }) => [Sid, Resource]));
    expect(resources).toMatchObject({
      Read: ["arn:aws:s3:::shop-artifacts/async/iris/input/*", "arn:aws:s3:::shop-artifacts/training/iris/*"],
      Write: ["arn:aws:s3:::shop-artifacts/async/iris/failure/*", "arn:aws:s3:::shop-artifacts/async/iris/output/*"],
      Notify: [errorTopicArn, successTopicArn],
      UseKey: [kmsKeyArn],
    });
  });

  test("on an asynchronous endpoint makes no topics that it was not asked for, and AWS's own key encrypts those it makes", async () => {
    const summarise = { platform, image: imageUri };
    const given = "arn:aws:sns:eu-central-1:123456789012:results";
    const topicsOf = async (name: string, async: NonNullable<ModelServiceArgs["async"]>) => {
      const { successTopicArn, errorTopicArn } = await promiseOf(new ModelService(name, { ...summarise, async }).outputs);
      return [successTopicArn, errorTopicArn];
    };
    const instanceType = "ml.m5.large";
    expect(await topicsOf("silent", { instanceType })).toEqual([undefined, undefined]);
    expect(await topicsOf("given", { instanceType, notifications: { successTopicArn: given } })).toEqual([given, undefined]);
    await MockedEngine.settled();
    expect(engine.names().filter((name) => name.includes("sns"))).toEqual([]);
    await topicsOf("made", { instanceType, notifications: {} });
    expect(engine.one("aws:sns/topic:Topic", "made-topics-success").inputs.kmsMasterKeyId).toBe("alias/aws/sns");
  });

  test("serves what its job trained, from the image the job ran", async () => {
    await promiseOf(new ModelService("iris", iris).outputs);
    const { image, modelDataUrl } = engine.one("aws:sagemaker/model:Model").inputs.primaryContainer as Record<string, string>;
    const job = engine.one("aws:sagemaker/trainingJob:TrainingJob").inputs;
    expect(image).toBe((job.algorithmSpecification as Record<string, string>).trainingImage);
    expect(modelDataUrl).toBe(`s3://shop-artifacts/training/iris/${String(job.trainingJobName)}/output/model.tar.gz`);
  });

  test("builds its image with the system packages that it declares", async () => {
    await promiseOf(new ModelService("iris", { ...iris, aptPackages: ["libgomp1", "ffmpeg"] }).outputs);
    const { args } = engine.one("docker:index/image:Image").inputs.build as { args: Record<string, string> };
    expect(args).toEqual({ APT_PACKAGES: "libgomp1 ffmpeg" });
  });

  test("makes the model only when the role's policy is in place", async () => {
    await promiseOf(new ModelService("iris", iris).outputs);
    expect(engine.one("aws:sagemaker/model:Model").dependencies).toContain("aws:iam/rolePolicy:RolePolicy iris-serving-role-policy");
    expect(engine.one("aws:sagemaker/trainingJob:TrainingJob").dependencies).toContain(
      "aws:iam/rolePolicy:RolePolicy iris-training-role-policy",
    );
  });

  test("lets its training role read all of a channel in S3, whether or not its URI ends with a slash", async () => {
    const channels = { train: "s3://flowers/iris", eval: "s3://flowers/held-out/" };
    await promiseOf(new ModelService("iris", { ...iris, training: { instanceType: "ml.m5.large", channels } }).outputs);
    const policy = engine.one("aws:iam/rolePolicy:RolePolicy", "iris-training-role-policy").inputs.policy as string;
    const { Statement } = JSON.parse(policy) as { Statement: { Sid: string; Resource: string[] }[] };
    expect(Statement.find(({ Sid }) => Sid === "Read")?.Resource).toEqual([
      "arn:aws:s3:::flowers/held-out/*",
      "arn:aws:s3:::flowers/iris*",
      "arn:aws:s3:::shop-artifacts/channels/iris/*",
    ]);
  });

  test("tags everything that can be tagged with its platform and model", async () => {
    await promiseOf(new ModelService("iris", iris).outputs);
    await MockedEngine.settled();
    const untaggable = /^(slipway:|pulumi:|docker:)|rolePolicy|permission|integration|route|appautoscaling/;
    const untagged = engine.registered
      .filter(({ type, inputs }) => !untaggable.test(type) && inputs.tags === undefined)
      .map(({ name }) => name);
    expect(untagged).toEqual([]);
    expect(engine.one("aws:sagemaker/model:Model").inputs.tags).toEqual({
      team: "vision",
      "slipway:platform": "shop",
      "slipway:model": "iris",
    });
  });
});

describe("a faulty declaration", () => {
  test("is refused with all its faults at once, by property path, before anything is made", () => {
    const faulty = {
      ...iris,
      code: "models/rose",
      training: {
        instanceType: "m5.large",
        maxRuntime: "2 hours",
        channels: { train: "models/rose/data", "a b": "s3://bucket/x" },
        spott: true,
      },
      realtime: { instanceType: "ml.m5.xlarge", instances: { min: 4, max: 2 } },
      api: { path: "iris" },
      servreless: {},
    };
    expect(faultsOf(declare(faulty))).toEqual([
      'SLIP-1001 ModelService "iris" has 9 faults; nothing of it was created',
      expect.stringMatching(/^servreless: is not an argument; did you mean serverless\?/),
      'code: got "models/rose"; there is no such folder below the project; create it with a model.py',
      expect.stringMatching(/^training\.spott: is not an argument; did you mean spot\?/),
      'training.instanceType: got "m5.large"; allowed is ml.<family>.<size>, such as "ml.m5.large"',
      'training.maxRuntime: got "2 hours"; write a number and a unit, such as "90s", "30m", "2h" or "1d"',
      'training.channels.train: got "models/rose/data"; there is no such folder or file in the project; an S3 URI begins with s3://',
      'training.channels.a b: got "a b"; allowed is letters, digits, full stop, hyphen and underscore',
      'api.path: got "iris"; allowed is "/" and a name, such as "/iris"',
      "realtime.instances.max: got 2; it must be at least instances.min, 4",
    ]);
    expect(engine.names()).toEqual([]);
  });

  test("names the line of the program that holds it", () => {
    expect(refusalOf(declare({ ...iris, code: "models/rose" }))).toMatch(/\n {4}test\/components\/model-service\.test\.ts:\d+\n/);
  });

  test.each([
    [
      "neither code nor image",
      { code: undefined },
      'code: is missing; give code: "models/<name>" for a model.py, or build, image, framework or modelPackage',
    ],
    [
      "both code and image",
      { image: imageUri },
      /^image: got .* together with code "models\/iris"; give one of code, build, image, framework/,
    ],
    ["an image by tag", { code: undefined, image: "repository:latest" }, /^image: got "repository:latest"; allowed is an image by digest/],
    [
      "a folder without model.py",
      { code: "models/iris/data" },
      `code: got "models/iris/data"; the folder has no model.py and no inference.py (it has iris.csv); add a model.py with a class that has predict(), or an inference.py with SageMaker's functions (model_fn, predict_fn)`,
    ],
    [
      "no endpoint",
      { realtime: undefined },
      'realtime: is missing; say how the model is served, such as realtime: { instanceType: "ml.m5.large" }',
    ],
    [
      "two kinds of endpoint",
      { serverless: { memorySizeInMb: 2048, maxConcurrency: 5 } },
      /^serverless: got .* together with realtime; a model is served in one way/,
    ],
    [
      "a serverless endpoint on an image for GPUs",
      { realtime: undefined, baseImage: "nvidia/cuda:12.4.1-runtime", serverless: { memorySizeInMb: 2048, maxConcurrency: 5 } },
      /^baseImage: got "nvidia\/cuda:12\.4\.1-runtime", an image for GPUs/,
    ],
    [
      "a stream from a serverless endpoint",
      { realtime: undefined, serverless: { memorySizeInMb: 2048, maxConcurrency: 5 }, api: { path: "/iris", streaming: true } },
      "api.streaming: got true together with serverless; AWS streams answers of real-time endpoints only: remove it, or serve with realtime",
    ],
    ["training and model data", { modelData: "models/iris/data" }, /^modelData: got "models\/iris\/data" together with training/],
    [
      "packages for an image that is not built",
      { code: undefined, image: imageUri, aptPackages: ["libgomp1"] },
      'aptPackages: got ["libgomp1"] together with image, which is not built; remove it',
    ],
    ["no platform", { platform: undefined }, "platform: is missing; it is required"],
    ["an empty channel map", { training: { ...iris.training, channels: {} } }, "training.channels: has 0 entries; allowed are 1 to 20"],
    ["a realtime that is no object", { realtime: "ml.m5.large" }, /^realtime: got "ml\.m5\.large"; expected an object with instanceType/],
  ])("with %s says what to do", (_fault, change, message) => {
    const [, ...faults] = faultsOf(declare({ ...iris, ...change }));
    expect(faults).toEqual([typeof message === "string" ? message : expect.stringMatching(message)]);
  });

  test.each(["Iris", "iris_model", "-iris", "x".repeat(33)])("named %s is refused", (name) => {
    expect(faultsOf(declare(iris, name))[1]).toMatch(/^name: got /);
  });
});
