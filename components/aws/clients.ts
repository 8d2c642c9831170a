import type { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { SageMakerClient } from "@aws-sdk/client-sagemaker";

/** Which account and region a gate must look at, and how it gets its credentials. */
export interface AwsAccess {
  readonly region: string;
  readonly accountId: string;
  /** Profile of the AWS configuration files; the default credential chain when undefined. */
  readonly profile: string | undefined;
  /** Role assumed with those credentials. */
  readonly roleArn: string | undefined;
}

/** Clients of one account and region. */
export interface AwsClients {
  readonly sagemaker: SageMakerClient;
  readonly logs: CloudWatchLogsClient;
  /** Made on their first use, which few updates come to. */
  readonly scaling: () => Promise<ApplicationAutoScalingClient>;
  readonly ecr: () => Promise<ECRClient>;
}

const known = new Map<string, Promise<AwsClients>>();

/**
 * Clients that are proven to see the account the Pulumi provider deploys to; made once per program and access. The SDK is loaded on first use:
 * programs that only preview do not pay for it.
 */
export function awsClients(access: AwsAccess): Promise<AwsClients> {
  const key = JSON.stringify(access);
  const existing = known.get(key);
  if (existing !== undefined) {
    return existing;
  }
  const made = connect(access);
  known.set(key, made);
  return made;
}

async function connect(access: AwsAccess): Promise<AwsClients> {
  const { SageMakerClient } = await import("@aws-sdk/client-sagemaker");
  const { CloudWatchLogsClient } = await import("@aws-sdk/client-cloudwatch-logs");
  const { STSClient, GetCallerIdentityCommand, AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const own = { region: access.region, maxAttempts: 8, ...(access.profile === undefined ? {} : { profile: access.profile }) };
  const { roleArn } = access;
  const assumeRole = async (): Promise<Identity> => {
    const { Credentials } = await new STSClient(own).send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "slipway" }));
    return {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      ...(Credentials?.SessionToken === undefined ? {} : { sessionToken: Credentials.SessionToken }),
      ...(Credentials?.Expiration === undefined ? {} : { expiration: Credentials.Expiration }),
    };
  };
  const configuration = roleArn === undefined ? own : { ...own, credentials: assumeRole };
  const identity = await new STSClient(configuration).send(new GetCallerIdentityCommand({}));
  if (identity.Account !== access.accountId) {
    throw new Error(
      `SLIP-6001 the AWS credentials of this program belong to account ${identity.Account ?? "(unknown)"}, but the AWS provider deploys to ` +
        `account ${access.accountId}; set the platform's profile or roleArn to credentials of account ${access.accountId}`,
    );
  }
  return {
    sagemaker: new SageMakerClient(configuration),
    logs: new CloudWatchLogsClient(configuration),
    scaling: async () => new (await import("@aws-sdk/client-application-auto-scaling")).ApplicationAutoScalingClient(configuration),
    ecr: async () => new (await import("@aws-sdk/client-ecr")).ECRClient(configuration),
  };
}

/** Temporary credentials of an assumed role. */
interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}
