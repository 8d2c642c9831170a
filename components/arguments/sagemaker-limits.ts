import type { TextLimits } from "./checks";
import { list, text } from "./checks";

/** Names, patterns and ranges of the SageMaker API (https://docs.aws.amazon.com/sagemaker/latest/APIReference/). */

/** Endpoint, endpoint configuration, variant, training job, domain and user profile names. */
export const sagemakerName: TextLimits = {
  pattern: /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/,
  allowed: "letters, digits and hyphens, beginning and ending with a letter or digit",
  max: 63,
};

/** Room left for the platform's name and for what SageMaker's names append (`-<hash>-<attempt>`, `-config-<random>`). */
export const modelName: TextLimits = {
  ...sagemakerName,
  pattern: /^[a-z](-?[a-z0-9])*$/,
  allowed: "lower-case letters, digits and single hyphens, beginning with a letter",
  max: 32,
};
export const platformName: TextLimits = { ...modelName, max: 24 };

export const instanceType = text({
  pattern: /^ml\.[a-z0-9-]+\.(nano|micro|small|medium|large|\d*xlarge|metal)$/,
  allowed: 'ml.<family>.<size>, such as "ml.m5.large"',
});

export const s3Uri = text({ pattern: /^s3:\/\/[^/]+(\/.*)?$/, allowed: "s3://<bucket>/<key>", max: 1024 });

/** 1..20 channels, each with a name of this form. */
export const channelName: TextLimits = {
  pattern: /^[A-Za-z0-9.\-_]+$/,
  allowed: "letters, digits, full stop, hyphen and underscore",
  max: 64,
};

export const environmentName: TextLimits = {
  pattern: /^[a-zA-Z_][a-zA-Z0-9_]*$/,
  allowed: "letters, digits and underscores, not beginning with a digit",
  max: 512,
};

/** 28 days: the longest a training job may run or wait for spot capacity. */
export const longestTraining = "28d";

/** Topics that alarms tell; CloudWatch takes up to five actions of an alarm. */
export const topicArns = list(
  text({
    pattern: /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[a-zA-Z0-9_-]+$/,
    allowed: "the ARN of an SNS topic that is no FIFO topic, arn:aws:sns:<region>:<account>:<topic>",
  }),
  { max: 5 },
);

export const arn = text({
  pattern: /^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:\d*:.+$/,
  allowed: "an ARN, arn:<partition>:<service>:<region>:<account>:<resource>",
});

/** A role of IAM, as SageMaker takes one. */
export const roleArn = text({
  pattern: /^arn:[a-z-]+:iam::\d{12}:role\/.+$/,
  allowed: "the ARN of a role, arn:aws:iam::<account>:role/<name>",
  max: 2048,
});
