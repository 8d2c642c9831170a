import * as pulumi from "@pulumi/pulumi";
import type { PlatformValues } from "../platform/platform-exports";
import type { AwsAccess } from "./clients";

/** What a gate needs to look at the account and region the platform's provider deploys to. */
export function awsAccess({ region, accountId, profile, roleArn }: PlatformValues): pulumi.Output<AwsAccess> {
  return pulumi
    .all([region, accountId, profile, roleArn])
    .apply(([r, a, p, role]) => ({ region: r, accountId: a, profile: p, roleArn: role }));
}

/** The answer of AWS; in a preview without credentials undefined, so that everybody may preview. */
export async function unlessUnseen<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (pulumi.runtime.isDryRun() && error instanceof Error && error.name === "CredentialsProviderError") {
      return undefined;
    }
    throw error;
  }
}
