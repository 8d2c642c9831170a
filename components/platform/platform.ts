import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  anything,
  arn,
  type Checks,
  checkArguments,
  flag,
  object,
  oneOf,
  platformName,
  show,
  text,
  topicArns,
  withoutNulls,
} from "../arguments";
import { componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import { ExecutionRole } from "../iam/execution-role";
import { Network } from "../network/network";
import { checkNetworkRules, type NetworkArgs, networkChecks } from "../network/network-args";
import { ModelRepository } from "../registry/model-repository";
import { type ScanArgs, scanChecks } from "../registry/scan-spec";
import { type AccessLogsArgs, accessLogsChecks, checkAccessLogs } from "../storage/access-logs";
import { ArtifactBucket } from "../storage/artifact-bucket";
import { type StudioArgs, StudioDomain, studioChecks } from "../studio/studio-domain";
import { StudioUser } from "../studio/studio-user";
import { markProduction, type PlatformExports, readPlatformExports } from "./platform-exports";
import { createKey } from "./platform-key";
import { isProtected, protecting } from "./protection";

export interface PlatformArgs {
  /** Name of the environment; endpoints are named `<name>-<model>`. Default: the name of the instance. */
  name?: string;
  /** Run jobs, models and Studio in private subnets; without it SageMaker's own network is used. */
  network?: NetworkArgs;
  /** A Studio domain with users; needs `network`. */
  studio?: StudioArgs;
  /** Key for bucket, repository, volumes, log groups and Studio; AWS's own keys when left out. */
  kmsKeyArn?: pulumi.Input<string>;
  /** `managed` makes the key in place of `kmsKeyArn`; `aws` has AWS's own keys. A change replaces the repository and the Studio domain. Default: aws. */
  encryption?: string;
  /** Log who asks the bucket for which object: `{}` into a bucket that is made for it. Default: none. */
  accessLogs?: AccessLogsArgs;
  /** Deploy no image that is built here and in which ECR's scan finds what is this severe. Default: images are scanned, and nothing is stopped. */
  scan?: ScanArgs;
  /** Permissions boundary of every role. */
  permissionsBoundaryArn?: pulumi.Input<string>;
  /** ARNs of SNS topics that hear of the alarms of every model that names none of its own. At most 5. */
  alarmTopicArns?: pulumi.Input<string>[];
  /** `production` keeps what holds data from being destroyed (`protectData`), and earlier versions of the models (`retain`). Default: development. */
  environment?: string;
  /** Have Pulumi refuse to delete or replace bucket, image repository, key and Studio domain; to give it up takes an `up` with false before the `destroy`. Default: true in production. */
  protectData?: boolean;
  /** Delete objects and images together with bucket and repository. Take effect with an `up` before the `destroy`. Default: false. */
  forceDestroy?: boolean;
  /** Profile of the AWS configuration files used while waiting for jobs and endpoints; the default credential chain when left out. */
  profile?: string;
  /** Role assumed while waiting for jobs and endpoints. */
  roleArn?: string;
  /** Tags of everything that is made. */
  tags?: { [key: string]: pulumi.Input<string> };
}

export const platformChecks: Checks<PlatformArgs> = {
  name: text(platformName),
  network: object(networkChecks),
  studio: object(studioChecks),
  kmsKeyArn: arn,
  encryption: oneOf("managed", "aws"),
  accessLogs: object(accessLogsChecks),
  scan: object(scanChecks),
  permissionsBoundaryArn: arn,
  alarmTopicArns: topicArns,
  environment: oneOf("production", "development"),
  protectData: flag,
  forceDestroy: flag,
  profile: text(),
  roleArn: arn,
  tags: anything,
};

export interface PlatformNodes {
  readonly network: Network | undefined;
  /** Undefined unless the platform makes its key. */
  readonly key: aws.kms.Key | undefined;
  readonly keyAlias: aws.kms.Alias | undefined;
  readonly bucket: ArtifactBucket;
  readonly repository: ModelRepository;
  readonly studioRole: ExecutionRole | undefined;
  readonly studioDomain: StudioDomain | undefined;
  readonly studioUsers: readonly StudioUser[];
}

/** One environment for models: bucket, image repository and, if wanted, a private network and Studio. Models of any stack can live in it, through its `exports`. */
export class Platform extends pulumi.ComponentResource {
  declare readonly name: pulumi.Output<string>;
  declare readonly region: pulumi.Output<string>;
  declare readonly accountId: pulumi.Output<string>;
  declare readonly partition: pulumi.Output<string>;
  declare readonly bucketName: pulumi.Output<string>;
  declare readonly bucketArn: pulumi.Output<string>;
  declare readonly repositoryUrl: pulumi.Output<string>;
  declare readonly repositoryArn: pulumi.Output<string>;
  declare readonly subnetIds?: pulumi.Output<string[]>;
  declare readonly securityGroupIds?: pulumi.Output<string[]>;
  declare readonly kmsKeyArn?: pulumi.Output<string>;
  declare readonly scan?: pulumi.Output<ScanArgs>;
  declare readonly permissionsBoundaryArn?: pulumi.Output<string>;
  declare readonly alarmTopicArns?: pulumi.Output<string[]>;
  declare readonly profile?: pulumi.Output<string>;
  declare readonly roleArn?: pulumi.Output<string>;
  declare readonly tags: pulumi.Output<{ [key: string]: string }>;
  /** All of the above as one value, for another stack or language. */
  declare readonly exports: pulumi.Output<PlatformExports>;

  constructor(name: string, args: PlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    args = withoutNulls(args);
    checkPlatform(name, args);
    super(componentType("Platform"), name, {}, protecting(name, opts, args));
    if (args.environment === "production") {
      markProduction(this);
    }
    const tags = pulumi.output(args.tags ?? {});
    const place = placeOf(this, args.name ?? name, tags);
    const made = args.encryption === "managed" ? createKey(this, `${name}-key`, place) : undefined;
    const kmsKeyArn = made?.key.arn ?? args.kmsKeyArn;
    const network =
      args.network === undefined
        ? undefined
        : new Network(`${name}-network`, { tags, ...withPlatformsOwn(args.network, { ...args, kmsKeyArn }) }, { parent: this });
    const bucket = new ArtifactBucket(
      `${name}-artifacts`,
      { kmsKeyArn, forceDestroy: args.forceDestroy, accessLogs: args.accessLogs, tags },
      { parent: this },
    );
    const repository = new ModelRepository(`${name}-models`, { kmsKeyArn, forceDelete: args.forceDestroy, tags }, { parent: this });
    const members = membersOf(place, { ...args, kmsKeyArn }, network, bucket, repository);
    const studio = args.studio === undefined || network === undefined ? noStudio : createStudio(this, name, args.studio, members, network);
    keepNodes(this, { network, key: made?.key, keyAlias: made?.alias, bucket, repository, ...studio });
    Object.assign(this, members, { exports: pulumi.output(members) });
    this.registerOutputs({ ...members, exports: this.exports });
  }

  /** The platform of another stack, from that stack's `platform` output. */
  static fromExports(exported: pulumi.Output<unknown>): pulumi.Output<PlatformExports> {
    return exported.apply((value): PlatformExports => readPlatformExports(value)) as pulumi.Output<PlatformExports>;
  }

  get nodes(): PlatformNodes {
    return nodesOf(this);
  }
}

function checkPlatform(name: string, args: PlatformArgs): void {
  const problems = new Problems();
  checkArguments(platformChecks, args, "", problems);
  if (problems.faults.length === 0) {
    if (args.network !== undefined) {
      checkNetworkRules(args.network, "network.", problems);
    }
    checkAccessLogs(args.accessLogs, "accessLogs", problems);
    if (args.forceDestroy === true && isProtected(args)) {
      problems.add(
        "forceDestroy",
        "got true together with environment production, where data is protected; to destroy it, add protectData: false",
      );
    }
    if (args.encryption !== undefined && args.kmsKeyArn !== undefined) {
      problems.add("encryption", `got ${show(args.encryption)} together with kmsKeyArn, which is the key; remove one of the two`);
    }
    if (args.environment === "production" && args.studio !== undefined && args.studio.homeFileSystem === undefined) {
      problems.add(
        "studio.homeFileSystem",
        'is missing; in production it is chosen: "Retain" keeps the home directories when the domain goes, and with them the subnets; "Delete" deletes them',
      );
    }
    if (args.studio !== undefined && args.network === undefined) {
      problems.add("studio", "is given without network; Studio needs a VPC: add network: {} to make one, or network: { existing: … }");
    }
  }
  problems.throwIfAny("Platform", name);
}

/** A platform's own members; each is an output of its own, so that one that is not known yet does not hide the others. */
type Members = Omit<
  { readonly [K in keyof Platform]: Platform[K] },
  "exports" | "nodes" | "urn" | "getProvider" | "registerOutputs" | "getData"
>;

/** Where the platform is, by its AWS provider. */
type Place = Pick<Members, "name" | "region" | "accountId" | "partition" | "tags">;

function placeOf(parent: Platform, environment: string, tags: Members["tags"]): Place {
  return {
    name: pulumi.output(environment),
    region: aws.getRegionOutput({}, { parent }).region,
    accountId: aws.getCallerIdentityOutput({}, { parent }).accountId,
    partition: aws.getPartitionOutput({}, { parent }).partition,
    tags,
  };
}

function membersOf(
  place: Place,
  args: PlatformArgs,
  network: Network | undefined,
  bucket: ArtifactBucket,
  repository: ModelRepository,
): Members {
  const optional = <T>(value: pulumi.Input<T> | undefined) =>
    value === undefined ? undefined : (pulumi.output(value) as pulumi.Output<T>);
  return {
    ...place,
    bucketName: bucket.bucketName,
    bucketArn: bucket.bucketArn,
    repositoryUrl: repository.repositoryUrl,
    repositoryArn: repository.repositoryArn,
    subnetIds: network?.subnetIds,
    securityGroupIds: network?.securityGroupIds,
    kmsKeyArn: optional(args.kmsKeyArn),
    scan: optional(args.scan),
    permissionsBoundaryArn: optional(args.permissionsBoundaryArn),
    alarmTopicArns: args.alarmTopicArns === undefined ? undefined : pulumi.all(args.alarmTopicArns),
    profile: optional(args.profile),
    roleArn: optional(args.roleArn),
  };
}

/** The network with the platform's key and boundary for its flow logs. */
function withPlatformsOwn(network: NetworkArgs, { kmsKeyArn, permissionsBoundaryArn }: PlatformArgs): NetworkArgs {
  const { flowLogs } = network;
  return flowLogs === undefined ? network : { ...network, flowLogs: { kmsKeyArn, permissionsBoundaryArn, ...flowLogs } };
}

const noStudio = { studioRole: undefined, studioDomain: undefined, studioUsers: [] };

function createStudio(
  parent: Platform,
  name: string,
  studio: StudioArgs,
  members: Members,
  network: Network,
): Pick<PlatformNodes, "studioRole" | "studioDomain" | "studioUsers"> {
  const { users = [], ...choices } = studio;
  const studioRole = new ExecutionRole(
    `${name}-studio-role`,
    {
      platform: members,
      kind: "studio",
      logGroup: "/aws/sagemaker/studio",
      readPaths: [pulumi.interpolate`s3://${members.bucketName}/`],
      writePaths: [pulumi.interpolate`s3://${members.bucketName}/studio/`],
      tags: members.tags,
    },
    { parent },
  );
  const studioDomain = new StudioDomain(
    `${name}-studio`,
    {
      ...choices,
      domainName: pulumi.interpolate`${members.name}-studio`,
      vpcId: network.vpcId,
      subnetIds: network.subnetIds,
      securityGroupIds: network.securityGroupIds,
      executionRoleArn: studioRole.arn,
      kmsKeyArn: members.kmsKeyArn,
      tags: members.tags,
    },
    { parent },
  );
  const { domainId } = studioDomain;
  const studioUsers = users.map((userName) => {
    const singleSignOn = choices.authMode === "SSO" ? { singleSignOnUser: userName } : {};
    return new StudioUser(`${name}-user-${userName}`, { domainId, userName, ...singleSignOn, tags: members.tags }, { parent });
  });
  return { studioRole, studioDomain, studioUsers };
}
