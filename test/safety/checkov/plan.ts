import { DataScientistRole, DeployerRole, InvokeGrant, ModelService, Platform, SharedApi } from "../../../components";
import { FakeAws } from "../../support/fake-aws";
import { MockedEngine, type Registered } from "../../support/mocks";
import { imageUri } from "../../support/platform";
import { vpcChildren } from "./vpc";

const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
const certificateArn = "arn:aws:acm:eu-central-1:123456789012:certificate/1";
const onCall = "arn:aws:sns:eu-central-1:123456789012:on-call";
const permissionsBoundaryArn = "arn:aws:iam::123456789012:policy/boundary";

/** A planned resource with what AWS would say of it, as far as others use it. */
export interface Planned extends Registered {
  /** Outputs, the id among them. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Every kind of resource that the library makes, planned once as production would have it. */
export async function everythingPlanned(): Promise<readonly Planned[]> {
  const aws = await FakeAws.start();
  const engine = await MockedEngine.start();
  const platform = new Platform("shop", {
    network: { egress: "aws-only", endpoints: ["secretsmanager"], flowLogs: {} },
    studio: { users: ["ada"] },
    encryption: "managed",
    accessLogs: {},
    alarmTopicArns: [onCall],
    permissionsBoundaryArn,
  });
  const outside = new Platform("outside", {
    kmsKeyArn,
    accessLogs: { bucketName: "account-logs" },
    alarmTopicArns: [onCall],
    permissionsBoundaryArn,
  });
  const morning = { schedule: "cron(0 8 ? * MON-FRI *)", min: 2, max: 4 };
  const instances = { min: 2, max: 4, scheduledActions: { morning } };
  const realtime = { instanceType: "ml.m5.large", instances, networkIsolation: true };
  const iris = new ModelService("iris", {
    platform,
    image: imageUri,
    training: { instanceType: "ml.m5.large", instanceCount: 2, networkIsolation: true, channels: { train: "s3://data/iris/" } },
    realtime,
    api: { path: "/iris", authorization: "AWS_IAM" },
  });
  const rest = { path: "/flowers", kind: "rest", apiKey: true, authorization: "AWS_IAM", accountLogRole: true };
  new ModelService("flowers", { platform: outside, image: imageUri, serverless: { memorySizeInMb: 2048, maxConcurrency: 5 }, api: rest });
  new ModelService("night", {
    platform,
    image: imageUri,
    async: { instanceType: "ml.m5.large", instances: { min: 0, max: 2 }, notifications: {} },
  });
  new ModelService("chat", {
    platform,
    image: imageUri,
    modelData: "models/iris/data",
    realtime,
    api: { path: "/chat", streaming: true, cors: { origins: ["https://shop.example.com"] } },
  });
  new SharedApi("shared", {
    platform,
    jwt: { issuer: "https://login.example.com", audience: ["shop"] },
    domain: { name: "models.example.com", certificateArn, hostedZoneId: "Z0123456789ABCDEFGHIJ" },
    routes: [{ path: "/iris", model: iris }],
  });
  new DataScientistRole("scientist", { platform, instanceTypes: ["ml.m5.*"] });
  new DeployerRole("ci", {
    platform,
    models: ["iris"],
    permissionsBoundaryArn,
    github: { repository: "shop/models", environments: ["production"] },
  });
  new InvokeGrant("web-calls-iris", { platform, model: iris.outputs, roleName: "web" });
  await MockedEngine.settled();
  await aws.stop();
  const planned = engine.registered.map((each) => ({ ...each, outputs: engine.outputs.get(`${each.type} ${each.name}`) ?? {} }));
  const children = await Promise.all(planned.filter(({ type }) => type === "awsx:ec2:Vpc").map(vpcChildren));
  return [...planned, ...children.flat()];
}
