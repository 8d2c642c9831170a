import { relative } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOf, projectFolder } from "../component";
import type { ChannelSpec } from "./training-spec";

/** A channel and where its data is in S3. */
export interface UploadedChannel {
  readonly name: string;
  readonly uri: pulumi.Output<string>;
  readonly files: readonly aws.s3.BucketObjectv2[];
}

/** Where channels are uploaded to. */
export interface ChannelTarget {
  readonly bucketName: pulumi.Output<string>;
  readonly prefix: string;
  readonly tags: pulumi.Input<{ [key: string]: pulumi.Input<string> }> | undefined;
}

/** Uploads the files of local channels under `<prefix>/<channel>/<content hash>/`: data that has changed never takes the place of data a job has seen. */
export function uploadChannels(
  parent: pulumi.Resource,
  name: string,
  channels: readonly ChannelSpec[],
  target: ChannelTarget,
): UploadedChannel[] {
  return channels.map((channel) => {
    if (channel.kind === "s3") {
      return { name: channel.name, uri: pulumi.output(channel.uri), files: [] };
    }
    const prefix = `${target.prefix}/${channel.name}/${channel.hash}/`;
    const files = channel.files.map(
      (file) =>
        new aws.s3.BucketObjectv2(
          `${name}-${channel.name}-${file.path}`,
          {
            bucket: target.bucketName,
            key: `${prefix}${file.path}`,
            source: new pulumi.asset.FileAsset(relative(projectFolder(), file.absolute)),
            tags: target.tags,
          },
          childOf(parent),
        ),
    );
    return { name: channel.name, uri: pulumi.interpolate`s3://${target.bucketName}/${prefix}`, files };
  });
}
