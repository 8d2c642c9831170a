import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { seconds } from "../arguments";
import { childOf } from "../component";
import type { PlatformValues } from "../platform/platform-exports";
import { bundleHandler } from "./bundle";
import type { Cors } from "./handler/cors-settings";
import type { ModelWay } from "./model-way";
import { callerPermissions, lambdaTrust } from "./policies";

/** What all children of a front have in common. */
export interface FrontContext {
  readonly parent: pulumi.ComponentResource;
  readonly platform: PlatformValues;
  readonly logRetentionDays: number | undefined;
  readonly tags: pulumi.Input<{ [key: string]: pulumi.Input<string> }> | undefined;
}

export interface CallerNodes {
  readonly role: aws.iam.Role;
  readonly policy: aws.iam.RolePolicy;
  readonly functionLogs: aws.cloudwatch.LogGroup;
  readonly function: aws.lambda.Function;
}

/** The function of one model, with a role that may call that model and do nothing else. `cors` is given where the function answers preflights. */
export function createCaller(context: FrontContext, way: ModelWay, cors?: Cors): CallerNodes {
  const { parent, platform, tags } = context;
  const { name } = way;
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      description: `Calls the endpoint of ${way.model}`,
      assumeRolePolicy: lambdaTrust,
      permissionsBoundary: platform.permissionsBoundaryArn,
      tags,
    },
    childOf(parent),
  );
  const functionLogs = createLogGroup(context, `${name}-function-logs`, "/aws/lambda");
  const scope = pulumi.output({ partition: platform.partition, region: platform.region, accountId: platform.accountId });
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    {
      role: role.name,
      policy: pulumi
        .all([scope, way.endpointName, functionLogs.name, pulumi.output(way.places), platform.kmsKeyArn])
        .apply(([known, endpointName, logGroup, places, kmsKeyArn]) =>
          callerPermissions({
            scope: known,
            endpointName,
            logGroup,
            mode: way.mode,
            places,
            receipts: way.settings.idempotencyKeys === true,
            kmsKeyArn,
          }),
        ),
    },
    childOf(parent),
  );
  const lambda = new aws.lambda.Function(
    `${name}-function`,
    {
      role: role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(bundleHandler(way.mode)) }),
      memorySize: 256,
      timeout: way.timeouts.lambda,
      reservedConcurrentExecutions: way.settings.reservedConcurrency,
      environment: { variables: variablesOf(way, cors) },
      loggingConfig: { logFormat: "JSON", logGroup: functionLogs.name },
      tags,
    },
    childOf(parent, { dependsOn: [policy] }),
  );
  return { role, policy, functionLogs, function: lambda };
}

function variablesOf(way: ModelWay, cors: Cors | undefined): Record<string, pulumi.Input<string>> {
  const { places, settings } = way;
  return {
    SLIPWAY_ENDPOINT_NAME: way.endpointName,
    SLIPWAY_MODEL_TIMEOUT_MS: String(way.timeouts.modelMilliseconds),
    ...(cors === undefined ? {} : { SLIPWAY_CORS: JSON.stringify(cors) }),
    ...(way.mode === "invoke" ? {} : { SLIPWAY_PATH: way.path }),
    ...(places === undefined
      ? {}
      : {
          SLIPWAY_INPUT: places.apply(({ input }) => input),
          SLIPWAY_OUTPUT: places.apply(({ output }) => output),
          SLIPWAY_FAILURE: places.apply(({ failure }) => failure),
          SLIPWAY_URL_SECONDS: String(seconds(settings.urlExpiry, 900)),
          SLIPWAY_IDEMPOTENCY: String(settings.idempotencyKeys === true),
        }),
  };
}

export function createLogGroup(context: FrontContext, name: string, place: string): aws.cloudwatch.LogGroup {
  const { parent, platform, logRetentionDays, tags } = context;
  return new aws.cloudwatch.LogGroup(
    name,
    {
      name: pulumi.interpolate`${place}/${platform.name}-${name}`,
      retentionInDays: logRetentionDays ?? 365,
      kmsKeyId: platform.kmsKeyArn,
      tags,
    },
    childOf(parent),
  );
}
