import type { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import type { ECRClient } from "@aws-sdk/client-ecr";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SageMakerClient } from "@aws-sdk/client-sagemaker";
import { SlipwayError } from "../../components/errors/slipway-error";
import type { AwsPlace } from "./deployed-model";

/** Clients of one region for what a stack may hold. */
export interface RegionClients {
  readonly sagemaker: SageMakerClient;
  readonly s3: S3Client;
  readonly ecr: ECRClient;
  readonly logs: CloudWatchLogsClient;
}

/** Clients of each region that a stack's resources are in, made on first use. */
export class StackClients {
  private readonly regions = new Map<string, Promise<RegionClients>>();

  /** `place` is the local platform's; empty, AWS is found as all AWS tools find it. */
  constructor(
    private readonly place: AwsPlace,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** Throws SLIP-6001 unless the credentials are of this account: in another one everything would seem to be gone already. */
  async proveAccount(account: string | undefined, region: string): Promise<void> {
    const { STSClient, GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
    const sts = new STSClient({ ...this.place, region, maxAttempts: 5 });
    try {
      const { Account } = await sts.send(new GetCallerIdentityCommand({}));
      if (account === undefined || Account === account) return;
      throw new SlipwayError("SLIP-6001", `The AWS credentials are of account ${Account}, and the stack's resources are in ${account}`, {
        received: `account ${Account}`,
        cure: `Use credentials of account ${account}: AWS_PROFILE names a profile that has them.`,
        more: ["aws sts get-caller-identity"],
      });
    } finally {
      sts.destroy();
    }
  }

  of(region: string): Promise<RegionClients> {
    const known = this.regions.get(region) ?? this.make(region);
    this.regions.set(region, known);
    return known;
  }

  async close(): Promise<void> {
    for (const made of this.regions.values()) {
      const { sagemaker, s3, ecr, logs } = await made;
      for (const client of [sagemaker, s3, ecr, logs]) client.destroy();
    }
  }

  private async make(region: string): Promise<RegionClients> {
    const { SageMakerClient } = await import("@aws-sdk/client-sagemaker");
    const { S3Client } = await import("@aws-sdk/client-s3");
    const { ECRClient } = await import("@aws-sdk/client-ecr");
    const { CloudWatchLogsClient } = await import("@aws-sdk/client-cloudwatch-logs");
    const common = { ...this.place, region, maxAttempts: 5 };
    const isElsewhere = this.place.endpoint !== undefined || this.env.AWS_ENDPOINT_URL !== undefined;
    return {
      sagemaker: new SageMakerClient(common),
      s3: new S3Client({ ...common, forcePathStyle: isElsewhere }),
      ecr: new ECRClient(common),
      logs: new CloudWatchLogsClient(common),
    };
  }
}
