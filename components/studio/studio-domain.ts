import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, arn, type Checks, checkArguments, duration, list, oneOf, required, sagemakerName, seconds, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";

/** How a Studio domain behaves. */
export interface StudioSettings {
  /** IAM or SSO. A change replaces the domain. Default: IAM. */
  authMode?: string;
  /** An app without activity for this long is shut down. Range 1h to 365d, default 2h. */
  idleTimeout?: string;
  /** Git repositories offered in JupyterLab, by https URL. At most 10. */
  gitRepositories?: string[];
  /** Retain or Delete the home file system (EFS) with everything in it when the domain goes. Default: Retain; on a production platform there is none. */
  homeFileSystem?: string;
}

/** A Studio domain and who uses it. */
export interface StudioArgs extends StudioSettings {
  /** Names of the user profiles; with SSO, names of users in IAM Identity Center. At most 200. */
  users?: string[];
}

export interface StudioDomainArgs extends StudioSettings {
  /** Name of the domain. A change replaces the domain. */
  domainName: pulumi.Input<string>;
  vpcId: pulumi.Input<string>;
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  securityGroupIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Default role of notebooks. */
  executionRoleArn: pulumi.Input<string>;
  /** Key of the home file system; AWS's own key when left out. A change replaces the domain. */
  kmsKeyArn?: pulumi.Input<string>;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

const settingsChecks: Checks<StudioSettings> = {
  authMode: oneOf("IAM", "SSO"),
  idleTimeout: duration("1h", "365d"),
  gitRepositories: list(text({ pattern: /^https:\/\/\S+$/, allowed: "an https:// URL", max: 1024 }), { max: 10 }),
  homeFileSystem: oneOf("Retain", "Delete"),
};

export const studioChecks: Checks<StudioArgs> = { ...settingsChecks, users: list(text(sagemakerName), { max: 200 }) };

export const studioDomainChecks: Checks<StudioDomainArgs> = {
  ...settingsChecks,
  domainName: required(text(sagemakerName)),
  vpcId: required(text()),
  subnetIds: required(anything),
  securityGroupIds: required(anything),
  executionRoleArn: required(text()),
  kmsKeyArn: arn,
  tags: anything,
};

export interface StudioDomainNodes {
  readonly domain: aws.sagemaker.Domain;
}

/** A SageMaker Studio domain inside the platform's subnets. Idle apps are shut down. */
export class StudioDomain extends pulumi.ComponentResource {
  declare readonly domainId: pulumi.Output<string>;
  declare readonly domainArn: pulumi.Output<string>;
  /** Where the domain is opened. */
  declare readonly url: pulumi.Output<string>;

  constructor(name: string, args: StudioDomainArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(studioDomainChecks, args, "", problems);
    problems.throwIfAny("StudioDomain", name);
    super(componentType("StudioDomain"), name, {}, opts);
    const domain = new aws.sagemaker.Domain(name, domainArguments(args), childOf(this));
    keepNodes(this, { domain });
    this.domainId = domain.id;
    this.domainArn = domain.arn;
    this.url = domain.url;
    this.registerOutputs({ domainId: this.domainId, domainArn: this.domainArn, url: this.url });
  }

  get nodes(): StudioDomainNodes {
    return nodesOf(this);
  }
}

function domainArguments(args: StudioDomainArgs): aws.sagemaker.DomainArgs {
  const idleTimeoutInMinutes = Math.ceil(seconds(args.idleTimeout, 7200) / 60);
  const appLifecycleManagement = {
    idleSettings: {
      lifecycleManagement: "ENABLED",
      idleTimeoutInMinutes,
      minIdleTimeoutInMinutes: 60,
      maxIdleTimeoutInMinutes: Math.max(idleTimeoutInMinutes, 60),
    },
  };
  const codeRepositories = args.gitRepositories?.map((repositoryUrl) => ({ repositoryUrl }));
  return {
    domainName: args.domainName,
    authMode: args.authMode ?? "IAM",
    vpcId: args.vpcId,
    subnetIds: args.subnetIds,
    appNetworkAccessType: "VpcOnly",
    kmsKeyId: args.kmsKeyArn,
    defaultUserSettings: {
      executionRole: args.executionRoleArn,
      // Apps of a VpcOnly domain reach nothing without these.
      securityGroups: args.securityGroupIds,
      jupyterLabAppSettings: { appLifecycleManagement, ...(codeRepositories === undefined ? {} : { codeRepositories }) },
      codeEditorAppSettings: { appLifecycleManagement },
    },
    retentionPolicy: { homeEfsFileSystem: args.homeFileSystem ?? "Retain" },
    tags: args.tags,
  };
}
