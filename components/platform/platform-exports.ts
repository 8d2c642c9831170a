import * as pulumi from "@pulumi/pulumi";
import { anything, isLater, required } from "../arguments/checks";
import { Problems } from "../errors/problems";
import type { ScanArgs } from "../registry/scan-spec";

/** What models need to know of the environment they run in. A `Platform` has these members itself; its `exports` output carries them to another stack. */
export interface PlatformExports {
  /** Name of the platform; endpoints are named `<platform>-<model>`. */
  name: pulumi.Input<string>;
  /** Region, account and partition of the AWS provider that made the platform. */
  region: pulumi.Input<string>;
  accountId: pulumi.Input<string>;
  partition: pulumi.Input<string>;
  /** Bucket for channels, training output and model data. */
  bucketName: pulumi.Input<string>;
  bucketArn: pulumi.Input<string>;
  /** ECR repository for model images. */
  repositoryUrl: pulumi.Input<string>;
  repositoryArn: pulumi.Input<string>;
  /** Private subnets and security groups for training jobs and models; left out when the platform has no network. */
  subnetIds?: pulumi.Input<pulumi.Input<string>[]>;
  securityGroupIds?: pulumi.Input<pulumi.Input<string>[]>;
  /** Key that encrypts the bucket, the repository, volumes and log groups; AWS's own keys when left out. */
  kmsKeyArn?: pulumi.Input<string>;
  /** What of ECR's scan of a new image stops its deployment. */
  scan?: pulumi.Input<ScanArgs>;
  /** Permissions boundary of every role. */
  permissionsBoundaryArn?: pulumi.Input<string>;
  /** ARNs of SNS topics that hear of the alarms of models. */
  alarmTopicArns?: pulumi.Input<pulumi.Input<string>[]>;
  /** Profile of the AWS configuration files that waiting for jobs and endpoints uses; the default credential chain when left out. */
  profile?: pulumi.Input<string>;
  /** Role assumed for waiting for jobs and endpoints. */
  roleArn?: pulumi.Input<string>;
  /** Tags of everything that is made. */
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

/** A platform is checked for presence only: a `Platform` instance has further members, and an output is known later. */
export const platformCheck = required(anything);

const mandatory = ["name", "region", "accountId", "partition", "bucketName", "bucketArn", "repositoryUrl", "repositoryArn"] as const;

/** Checks what another stack exported. Members this version does not know are left alone. */
export function readPlatformExports(value: unknown): PlatformExports {
  const problems = new Problems();
  const given: Readonly<Record<string, unknown>> = typeof value === "object" && value !== null ? { ...value } : {};
  for (const key of mandatory.filter((name) => given[name] === undefined)) {
    problems.add(key, "is missing; give the `platform` output of a stack that has a Platform");
  }
  problems.throwIfAny("Platform", "fromExports");
  return value as PlatformExports;
}

/** A platform's members as outputs, however it was given. */
export interface PlatformValues {
  readonly name: pulumi.Output<string>;
  readonly region: pulumi.Output<string>;
  readonly accountId: pulumi.Output<string>;
  readonly partition: pulumi.Output<string>;
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;
  readonly repositoryUrl: pulumi.Output<string>;
  readonly repositoryArn: pulumi.Output<string>;
  readonly subnetIds: pulumi.Output<string[] | undefined>;
  readonly securityGroupIds: pulumi.Output<string[] | undefined>;
  readonly kmsKeyArn: pulumi.Output<string | undefined>;
  readonly scan: pulumi.Output<ScanArgs | undefined>;
  readonly permissionsBoundaryArn: pulumi.Output<string | undefined>;
  readonly alarmTopicArns: pulumi.Output<string[] | undefined>;
  readonly profile: pulumi.Output<string | undefined>;
  readonly roleArn: pulumi.Output<string | undefined>;
  readonly tags: pulumi.Output<Record<string, string>>;
}

/** Platforms that were declared as production; kept outside their class, whose members become part of the schema. */
const production = new WeakSet<object>();

export function markProduction(platform: object): void {
  production.add(platform);
}

/** Whether a platform is a `Platform` of this program that was declared as production. One from another stack, or another language, does not say. */
export function isProduction(platform: unknown): boolean {
  return typeof platform === "object" && platform !== null && production.has(platform);
}

/** Whether a platform says already that it has a network. One that is an output says it later. */
export function givesNetwork(platform: unknown): boolean {
  return gives(platform, "subnetIds");
}

/** Whether a platform says already that it has a key. One whose key is an output says it later. */
export function givesKey(platform: unknown): boolean {
  return gives(platform, "kmsKeyArn") && !isLater((platform as PlatformExports).kmsKeyArn);
}

function gives(platform: unknown, key: "subnetIds" | "kmsKeyArn"): boolean {
  return (
    typeof platform === "object" && platform !== null && !isLater(platform) && (platform as Partial<PlatformExports>)[key] !== undefined
  );
}

/**
 * Reads each member apart, so that in a preview one that is not known yet does not hide the others. A platform may come as an
 * instance, a plain object of values, or one output (from a stack reference, or from another language).
 */
export function platformValues(platform: pulumi.Input<PlatformExports>): PlatformValues {
  function value<T>(pick: (given: PlatformExports) => pulumi.Input<T>): pulumi.Output<T> {
    if (pulumi.Output.isInstance(platform) || platform instanceof Promise) {
      return pulumi.output(platform).apply((given) => pulumi.output(pick(given as PlatformExports))) as pulumi.Output<T>;
    }
    return pulumi.output(pick(platform)) as pulumi.Output<T>;
  }
  return {
    name: value((p) => p.name),
    region: value((p) => p.region),
    accountId: value((p) => p.accountId),
    partition: value((p) => p.partition),
    bucketName: value((p) => p.bucketName),
    bucketArn: value((p) => p.bucketArn),
    repositoryUrl: value((p) => p.repositoryUrl),
    repositoryArn: value((p) => p.repositoryArn),
    subnetIds: value<string[] | undefined>((p) => pulumi.output(p.subnetIds)),
    securityGroupIds: value<string[] | undefined>((p) => pulumi.output(p.securityGroupIds)),
    kmsKeyArn: value<string | undefined>((p) => p.kmsKeyArn),
    scan: value<ScanArgs | undefined>((p) => pulumi.output(p.scan)),
    permissionsBoundaryArn: value<string | undefined>((p) => p.permissionsBoundaryArn),
    alarmTopicArns: value<string[] | undefined>((p) => pulumi.output(p.alarmTopicArns)),
    profile: value<string | undefined>((p) => p.profile),
    roleArn: value<string | undefined>((p) => p.roleArn),
    tags: value<Record<string, string>>((p) => pulumi.output(p.tags).apply((tags) => tags ?? {})),
  };
}
