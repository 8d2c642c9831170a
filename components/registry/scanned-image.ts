import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { awsAccess } from "../aws/access";
import { type AwsAccess, awsClients } from "../aws/clients";
import { localAccount } from "../aws/log-link";
import { systemClock } from "../aws/polling";
import { GateError } from "../errors/gate-error";
import type { PlatformValues } from "../platform/platform-exports";
import { recordedSelf, textOf } from "../recorded-state";
import { hashValue } from "../storage/content-hash";
import { proveScan } from "./scan-gate";
import type { ScanArgs } from "./scan-spec";

export interface ScannedImage {
  /** The image by digest; known once its scan lets it pass. */
  readonly uri: pulumi.Output<string>;
  /** What has passed, for the component to record; undefined on a platform that asks for no scan. */
  readonly passedScan: pulumi.Output<string | undefined>;
}

/**
 * The image, once ECR has scanned it and nothing it found stops its deployment. One that has passed under the same rules does not have to again: what is found
 * in it later is no reason to keep other changes from an endpoint that has long served it, and ECR forgets its scans. The local platform scans nothing.
 */
export function scannedImage(component: pulumi.ComponentResource, image: docker.Image, platform: PlatformValues): ScannedImage {
  const proof = pulumi
    .all([image.repoDigest, platform.scan, awsAccess(platform), recordedSelf(component)])
    .apply(async ([uri, scan, access, recorded]) => {
      const before = textOf(recorded, "passedScan");
      const { passed, failure } = await verdictOf({ uri, scan, access, before }, (line) => void pulumi.log.info(line, image));
      if (failure !== undefined) {
        throw new GateError(failure, image);
      }
      return { uri, passed };
    });
  return { uri: proof.apply(({ uri }) => uri), passedScan: proof.apply(({ passed }) => passed) };
}

/** An image, the rules it is to pass under, and what has passed before as this component's. */
export interface ImageToPass {
  readonly uri: string;
  readonly scan: ScanArgs | undefined;
  readonly access: AwsAccess;
  readonly before: string | undefined;
}

/** What has passed, or the whole message of the failure; previews pass everything. */
export async function verdictOf(
  { uri, scan, access, before }: ImageToPass,
  tell: (line: string) => void,
): Promise<{ readonly passed?: string; readonly failure?: string | undefined }> {
  if (scan === undefined || access.accountId === localAccount) {
    return {};
  }
  const passed = hashValue({ uri, failOn: scan.failOn, accepted: [...(scan.accepted ?? [])].sort() });
  if (pulumi.runtime.isDryRun() || before === passed) {
    return { passed };
  }
  const client = await (await awsClients(access)).ecr();
  return { passed, failure: await proveScan(uri, scan, client, tell, systemClock) };
}
