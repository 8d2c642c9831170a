import { describe, expect, test } from "vitest";
import { keyPolicy } from "../../../components/platform/platform-key";
import { isAllowed, type PolicyStatement } from "./evaluate";
import { account, kmsKeyArn, region } from "./roles";

// What the policy of a platform's key lets AWS's services do, as each documents its use of a customer managed key, and what it refuses. A role's own policies
// must allow it too, which is for the tables of the roles.

interface KeyStatement extends Omit<PolicyStatement, "Resource"> {
  readonly Principal: { readonly AWS?: string; readonly Service?: string };
}

const statements = (JSON.parse(keyPolicy({ partition: "aws", region, accountId: account })) as { Statement: KeyStatement[] }).Statement;

/** Who asks KMS for what: a role of an account, by its account's id, or a service by itself. */
interface Use {
  readonly who: string;
  readonly actions: readonly string[];
  readonly context?: Readonly<Record<string, string>>;
}

function refused({ who, actions, context = {} }: Use, among: readonly KeyStatement[] = statements): string[] {
  const theirs = among
    .filter(({ Principal: { AWS, Service } }) => AWS === `arn:aws:iam::${who}:root` || Service === who)
    .map((statement) => ({ ...statement, Resource: ["*"] }));
  return actions.filter((action) => !isAllowed(theirs, { action: `kms:${action}`, resource: kmsKeyArn, context }));
}

const via = (service: string, where = region) => ({ "kms:ViaService": `${service}.${where}.amazonaws.com` });
const forAws = { "kms:GrantIsForAWSResource": "true" };
const logs = (id = account, where = region) => ({
  "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${where}:${id}:log-group:/aws/lambda/iris`,
});
const alarm = (id = account, where = region) => ({
  "aws:SourceArn": `arn:aws:cloudwatch:${where}:${id}:alarm:iris-errors`,
  "aws:SourceAccount": id,
});
const logsService = `logs.${region}.amazonaws.com`;
const grantOf = (service: string): Use => ({ who: account, actions: ["CreateGrant"], context: { ...via(service), ...forAws } });

/** Each by what AWS's page on it says it asks. */
const uses: Readonly<Record<string, Use>> = {
  "S3 writes and reads objects for a role": { who: account, actions: ["GenerateDataKey", "Decrypt"], context: via("s3") },
  "S3 copies an object to the key": { who: account, actions: ["ReEncryptFrom", "ReEncryptTo"], context: via("s3") },
  "ECR grants itself a repository's key": grantOf("ecr"),
  "ECR gives the grant back with the repository": { who: account, actions: ["RetireGrant"], context: via("ecr") },
  "SageMaker looks at the key, before it makes an app or a repository": { who: account, actions: ["DescribeKey"] },
  "SageMaker grants itself the volumes of jobs and endpoints": grantOf("sagemaker"),
  "EBS grants itself the volumes of Studio's apps": grantOf("ec2"),
  "a grant for volumes, whichever service asks": { who: account, actions: ["CreateGrant"], context: forAws },
  "SageMaker makes a domain": {
    who: account,
    actions: ["CreateGrant", "Decrypt", "GenerateDataKeyWithoutPlaintext"],
    context: via("sagemaker"),
  },
  "EFS makes the domain's file system": {
    who: account,
    actions: ["CreateGrant", "Decrypt", "Encrypt", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom"],
    context: via("elasticfilesystem"),
  },
  "SageMaker publishes results of an asynchronous endpoint": { who: account, actions: ["GenerateDataKey", "Decrypt"], context: via("sns") },
  "CloudWatch Logs keeps a log group of the account": {
    who: logsService,
    actions: ["Encrypt", "Decrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"],
    context: logs(),
  },
  "an alarm of the account publishes to an encrypted topic": {
    who: "cloudwatch.amazonaws.com",
    actions: ["Decrypt", "GenerateDataKey"],
    context: alarm(),
  },
  "an administrator of the account rotates it, deletes it and changes who may": {
    who: account,
    actions: ["RotateKeyOnDemand", "ScheduleKeyDeletion", "CancelKeyDeletion", "PutKeyPolicy", "ListGrants", "RevokeGrant"],
  },
};

const crypto = ["Encrypt", "Decrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo", "CreateGrant"];

const abuses: Readonly<Record<string, Use>> = {
  "a role of another account, through S3": { who: "999999999999", actions: crypto, context: { ...via("s3"), ...forAws } },
  "an administrator of another account": { who: "999999999999", actions: ["DescribeKey", "PutKeyPolicy", "ScheduleKeyDeletion"] },
  "a role, by KMS itself": { who: account, actions: crypto },
  "a role that lends the key to somebody": { who: account, actions: ["CreateGrant"], context: { "kms:GrantIsForAWSResource": "false" } },
  "a role, through S3 of another region": { who: account, actions: crypto, context: via("s3", "us-west-2") },
  "a role, through a service that keeps nothing of the platform's": { who: account, actions: crypto, context: via("secretsmanager") },
  "a role that signs or exports": { who: account, actions: ["Sign", "GetPublicKey", "GenerateMac", "ReplicateKey"], context: via("s3") },
  "CloudWatch Logs for another account": { who: logsService, actions: crypto, context: logs("999999999999") },
  "CloudWatch Logs for another region's group": { who: logsService, actions: crypto, context: logs(account, "us-west-2") },
  "CloudWatch Logs without saying for what": { who: logsService, actions: crypto },
  "CloudWatch Logs of another region": { who: "logs.us-west-2.amazonaws.com", actions: crypto, context: logs() },
  "an alarm of another account": { who: "cloudwatch.amazonaws.com", actions: crypto, context: alarm("999999999999") },
  "an alarm of another region": { who: "cloudwatch.amazonaws.com", actions: crypto, context: alarm(account, "us-west-2") },
  "CloudWatch for no alarm": { who: "cloudwatch.amazonaws.com", actions: crypto, context: { "aws:SourceAccount": account } },
  "CloudWatch, beyond what a message needs": {
    who: "cloudwatch.amazonaws.com",
    actions: ["Encrypt", "ReEncryptFrom", "CreateGrant", "DescribeKey"],
    context: alarm(),
  },
  "another service": { who: "events.amazonaws.com", actions: crypto, context: alarm() },
};

describe("the policy of a platform's key", () => {
  test.each(Object.entries(uses))("lets this be: %s", (_, use) => {
    expect(refused(use)).toEqual([]);
  });

  test.each(Object.entries(abuses))("refuses: %s", (_, abuse) => {
    expect(refused(abuse)).toEqual(abuse.actions);
  });

  test("has no statement that could be left out", () => {
    const needless = statements.filter((statement) => {
      const others = statements.filter((other) => other !== statement);
      return Object.values(uses).every((use) => refused(use, others).length === 0);
    });
    expect(needless.map(({ Sid }) => Sid)).toEqual([]);
  });
});
