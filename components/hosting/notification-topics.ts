import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, type Checks, checkArguments, modelName, required, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import { type PlatformExports, platformCheck, platformValues } from "../platform/platform-exports";
import { modelTags } from "../tags";

export interface NotificationTopicsArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Name of the model, which the topics are tagged with. */
  model: string;
  /** Default: the platform's, with the names of platform and model. */
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const notificationTopicsChecks: Checks<NotificationTopicsArgs> = {
  platform: platformCheck,
  model: required(text(modelName)),
  tags: anything,
};

export interface NotificationTopicsNodes {
  readonly success: aws.sns.Topic;
  readonly error: aws.sns.Topic;
}

/** Two SNS topics of an asynchronous endpoint: one for results, one for failures. Encrypted with the platform's key, or AWS's own for SNS. */
export class NotificationTopics extends pulumi.ComponentResource {
  declare readonly successTopicArn: pulumi.Output<string>;
  declare readonly errorTopicArn: pulumi.Output<string>;

  constructor(name: string, args: NotificationTopicsArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(notificationTopicsChecks, args, "", problems);
    problems.throwIfAny("NotificationTopics", name);
    super(componentType("NotificationTopics"), name, {}, opts);
    const platform = platformValues(args.platform);
    const kmsMasterKeyId = platform.kmsKeyArn.apply((key) => key ?? "alias/aws/sns");
    const tags = args.tags ?? modelTags(platform, args.model);
    const topic = (what: string) => new aws.sns.Topic(`${name}-${what}`, { kmsMasterKeyId, tags }, childOf(this));
    const nodes: NotificationTopicsNodes = { success: topic("success"), error: topic("error") };
    keepNodes(this, nodes);
    this.successTopicArn = nodes.success.arn;
    this.errorTopicArn = nodes.error.arn;
    this.registerOutputs({ successTopicArn: this.successTopicArn, errorTopicArn: this.errorTopicArn });
  }

  get nodes(): NotificationTopicsNodes {
    return nodesOf(this);
  }
}
