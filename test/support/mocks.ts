import * as pulumi from "@pulumi/pulumi";
import type { RecordedResources } from "../../components/recorded-state";

/** A resource as the engine was asked to register it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** `type name` of the parent. */
  readonly parent: string;
  /** `type name` of everything it waits for, sorted. */
  readonly dependencies: readonly string[];
  readonly options: RegisteredOptions;
}

export interface RegisteredOptions {
  readonly retainOnDelete: boolean;
  readonly protect: boolean;
  readonly deleteBeforeReplace: boolean;
  /** Whether the program decides on `deleteBeforeReplace`; else the provider does. */
  readonly deleteBeforeReplaceDefined: boolean;
  /** Value whose change replaces the resource. */
  readonly replacementTrigger: unknown;
  readonly customTimeouts: Readonly<Record<string, string>>;
}

const account = "123456789012";
const region = "eu-central-1";

/** Answers of provider functions the components call. */
const functions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "aws:index/getRegion:getRegion": { id: region, region, name: region },
  "aws:index/getCallerIdentity:getCallerIdentity": {
    accountId: account,
    arn: `arn:aws:iam::${account}:user/ada`,
    userId: "AIDAEXAMPLE",
    id: account,
  },
  "aws:index/getPartition:getPartition": { partition: "aws", id: "aws" },
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": {
    proxyEndpoint: `https://${account}.dkr.ecr.${region}.amazonaws.com`,
    userName: "AWS",
    password: "login",
  },
};

/** An account of AWS's that holds framework images; which one is told by the AWS provider, and so by none of the components. */
const frameworkAccount = "763104351884";

function answer(token: string, inputs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (token === "aws:sagemaker/getPrebuiltEcrImage:getPrebuiltEcrImage") {
    const { region: where, repositoryName, imageTag } = inputs;
    return {
      registryPath: `${frameworkAccount}.dkr.ecr.${where}.amazonaws.com/${repositoryName}:${imageTag}`,
      registryId: frameworkAccount,
    };
  }
  return { ...functions[token] };
}

/** Outputs a provider would add to the inputs, by type. */
const outputs: Readonly<Record<string, (name: string, inputs: Readonly<Record<string, unknown>>) => Record<string, unknown>>> = {
  "aws:s3/bucket:Bucket": (name) => ({ bucket: `${name}-1a2b3c4`, arn: `arn:aws:s3:::${name}-1a2b3c4` }),
  "aws:ecr/repository:Repository": (name) => ({
    name: `${name}-1a2b3c4`,
    arn: `arn:aws:ecr:${region}:${account}:repository/${name}-1a2b3c4`,
    repositoryUrl: `${account}.dkr.ecr.${region}.amazonaws.com/${name}-1a2b3c4`,
  }),
  "aws:kms/key:Key": (name) => ({ keyId: `${name}-id`, arn: `arn:aws:kms:${region}:${account}:key/${name}-id` }),
  "aws:iam/role:Role": (name) => ({ name: `${name}-1a2b3c4`, arn: `arn:aws:iam::${account}:role/${name}-1a2b3c4` }),
  "aws:sagemaker/model:Model": (name) => ({ name: `${name}-1a2b3c4` }),
  "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (name) => ({ name: `${name}-1a2b3c4` }),
  "aws:sagemaker/endpoint:Endpoint": (_name, { name }) => ({
    arn: `arn:aws:sagemaker:${region}:${account}:endpoint/${String(name).toLowerCase()}`,
  }),
  "aws:sagemaker/trainingJob:TrainingJob": (_name, { trainingJobName }) => ({
    arn: `arn:aws:sagemaker:${region}:${account}:training-job/${String(trainingJobName)}`,
  }),
  "aws:sagemaker/domain:Domain": () => ({
    arn: `arn:aws:sagemaker:${region}:${account}:domain/d-abc123`,
    url: `https://d-abc123.studio.${region}.sagemaker.aws`,
  }),
  "aws:sagemaker/userProfile:UserProfile": (_name, { userProfileName }) => ({
    arn: `arn:aws:sagemaker:${region}:${account}:user-profile/d-abc123/${String(userProfileName)}`,
  }),
  "aws:lambda/function:Function": (name) => ({
    name: `${name}-1a2b3c4`,
    invokeArn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account}:function:${name}-1a2b3c4/invocations`,
  }),
  "aws:cloudwatch/logGroup:LogGroup": (_name, { name }) => ({ arn: `arn:aws:logs:${region}:${account}:log-group:${String(name)}` }),
  "aws:sns/topic:Topic": (name) => ({ name: `${name}-1a2b3c4`, arn: `arn:aws:sns:${region}:${account}:${name}-1a2b3c4` }),
  "aws:appautoscaling/policy:Policy": (name) => ({ arn: `arn:aws:autoscaling:${region}:${account}:scalingPolicy:1a2b:${name}` }),
  "aws:apigatewayv2/api:Api": () => ({
    executionArn: `arn:aws:execute-api:${region}:${account}:a1b2c3`,
    apiEndpoint: `https://a1b2c3.execute-api.${region}.amazonaws.com`,
  }),
  "aws:apigatewayv2/stage:Stage": () => ({ invokeUrl: `https://a1b2c3.execute-api.${region}.amazonaws.com/` }),
  "aws:apigateway/restApi:RestApi": () => ({ executionArn: `arn:aws:execute-api:${region}:${account}:r9s8t7` }),
  "aws:apigateway/stage:Stage": () => ({ invokeUrl: `https://a1b2c3.execute-api.${region}.amazonaws.com/live` }),
  "aws:apigateway/apiKey:ApiKey": () => ({ value: "k".repeat(40) }),
  "aws:lambda/functionUrl:FunctionUrl": () => ({ functionUrl: `https://u1v2.lambda-url.${region}.on.aws/` }),
  "docker:index/image:Image": (_name, { imageName }) => ({
    repoDigest: `${String(imageName).replace(/:[^:/]*$/, "")}@sha256:${"5".repeat(64)}`,
  }),
  "aws:ec2/vpcEndpoint:VpcEndpoint": (_name, { vpcEndpointType }) => (vpcEndpointType === "Gateway" ? { prefixListId: "pl-0a1b" } : {}),
  "awsx:ec2:Vpc": () => ({
    vpcId: "vpc-0a1b",
    isolatedSubnetIds: ["subnet-0a", "subnet-0b"],
    privateSubnetIds: ["subnet-1a", "subnet-1b"],
    publicSubnetIds: [],
    routeTables: [{ id: "rtb-0a" }, { id: "rtb-0b" }],
  }),
};

/** What the Pulumi SDK sends to the engine to register a resource, as far as the tests read it. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getRetainondelete(): boolean;
  getProtect(): boolean;
  getDeletebeforereplace(): boolean;
  getDeletebeforereplacedefined(): boolean;
  getReplacementTrigger(): { toJavaScript(): unknown } | undefined;
  getCustomtimeouts(): { getCreate(): string; getUpdate(): string; getDelete(): string } | undefined;
}

/** A preview against no engine at all: registers what a program makes, with outputs such as AWS gives. */
export class MockedEngine {
  readonly registered: Registered[] = [];
  /** Outputs, with the id among them, by `type name`. */
  readonly outputs = new Map<string, Readonly<Record<string, unknown>>>();

  /** Installs the mocks. `dryRun` decides whether gates run; `recorded` is what the stack's state holds, by URN. */
  static async start(dryRun = true, recorded: RecordedResources = {}): Promise<MockedEngine> {
    const engine = new MockedEngine();
    const inputsOf = new Map<string, Readonly<Record<string, unknown>>>();
    await pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          inputsOf.set(`${type} ${name}`, inputs as Readonly<Record<string, unknown>>);
          const made = { id: `${name}-id`, state: { ...inputs, ...outputs[type]?.(name, inputs) } };
          engine.outputs.set(`${type} ${name}`, { ...made.state, id: made.id });
          return made;
        },
        call: ({ token, inputs }) => (token === "pulumi:pulumi:readStackResourceOutputs" ? { outputs: recorded } : answer(token, inputs)),
      },
      "slipway",
      "test",
      dryRun,
      "shop",
    );
    const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource(request: Request, callback: unknown): Promise<void> };
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = async (request, callback) => {
      await register(request, callback);
      engine.registered.push(recordOf(request, inputsOf.get(`${request.getType()} ${request.getName()}`) ?? {}));
    };
    return engine;
  }

  /** Waits until the program has nothing more to register; the next mocks would not know what it says. */
  static async settled(): Promise<void> {
    await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  }

  /** The one resource of a type, or the one of that name; says what there is when there is none. */
  one(type: string, name?: string): Registered {
    const found = this.registered.filter((resource) => resource.type === type && (name === undefined || resource.name === name));
    if (found.length !== 1 || found[0] === undefined) {
      throw new Error(`${found.length} resources ${type} ${name ?? ""}; there are ${this.names().join(", ")}`);
    }
    return found[0];
  }

  /** `type name` of everything registered below the stack, sorted. */
  names(): string[] {
    return this.registered
      .filter(({ type }) => type !== "pulumi:pulumi:Stack")
      .map(({ type, name }) => `${type} ${name}`)
      .sort();
  }
}

function recordOf(request: Request, inputs: Readonly<Record<string, unknown>>): Registered {
  const given = request.getCustomtimeouts();
  const timeouts = Object.entries({ create: given?.getCreate(), update: given?.getUpdate(), delete: given?.getDelete() }).flatMap(
    ([key, value]) => (value === undefined || value === "" ? [] : [[key, value] as const]),
  );
  return {
    type: request.getType(),
    name: request.getName(),
    inputs,
    parent: nameOf(request.getParent()),
    dependencies: request.getDependenciesList().map(nameOf).sort(),
    options: {
      retainOnDelete: request.getRetainondelete(),
      protect: request.getProtect(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      deleteBeforeReplaceDefined: request.getDeletebeforereplacedefined(),
      replacementTrigger: request.getReplacementTrigger()?.toJavaScript(),
      customTimeouts: Object.fromEntries(timeouts),
    },
  };
}

/** `type name` of a URN, without the types of its parents. */
function nameOf(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split("$").at(-1)} ${name}`.trim();
}
