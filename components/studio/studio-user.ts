import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, arn, type Checks, checkArguments, required, sagemakerName, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";

export interface StudioUserArgs {
  domainId: pulumi.Input<string>;
  /** Name of the user profile. A change replaces the profile. */
  userName: string;
  /** Role of the user's notebooks; the domain's own when left out. */
  executionRoleArn?: pulumi.Input<string>;
  /** User name in IAM Identity Center; needed when the domain's authentication is SSO. */
  singleSignOnUser?: string;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const studioUserChecks: Checks<StudioUserArgs> = {
  domainId: required(text()),
  userName: required(text(sagemakerName)),
  executionRoleArn: arn,
  singleSignOnUser: text({ max: 256 }),
  tags: anything,
};

export interface StudioUserNodes {
  readonly profile: aws.sagemaker.UserProfile;
}

/** One person's profile in a Studio domain. */
export class StudioUser extends pulumi.ComponentResource {
  declare readonly userProfileName: pulumi.Output<string>;
  declare readonly userProfileArn: pulumi.Output<string>;

  constructor(name: string, args: StudioUserArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(studioUserChecks, args, "", problems);
    problems.throwIfAny("StudioUser", name);
    super(componentType("StudioUser"), name, {}, opts);
    const profile = new aws.sagemaker.UserProfile(
      name,
      {
        domainId: args.domainId,
        userProfileName: args.userName,
        ...(args.executionRoleArn === undefined ? {} : { userSettings: { executionRole: args.executionRoleArn } }),
        ...(args.singleSignOnUser === undefined
          ? {}
          : { singleSignOnUserIdentifier: "UserName", singleSignOnUserValue: args.singleSignOnUser }),
        tags: args.tags,
      },
      childOf(this),
    );
    keepNodes(this, { profile });
    this.userProfileName = profile.userProfileName;
    this.userProfileArn = profile.arn;
    this.registerOutputs({ userProfileName: this.userProfileName, userProfileArn: this.userProfileArn });
  }

  get nodes(): StudioUserNodes {
    return nodesOf(this);
  }
}
