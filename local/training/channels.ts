import type { Channel, CreateTrainingJobCommandInput, TrainingInputMode } from "@aws-sdk/client-sagemaker";
import type { JobHost } from "../jobs/cluster";
import { clientError } from "../jobs/job-failure";

/** How a channel is read: what it says itself, else what the algorithm says. */
export function inputMode(channel: Channel, request: CreateTrainingJobCommandInput): TrainingInputMode {
  return channel.InputMode ?? request.AlgorithmSpecification?.TrainingInputMode ?? "File";
}

/** A host's part of a channel; a channel for certain instance groups has no part for the hosts of others. */
export interface ChannelPart {
  readonly index: number;
  readonly count: number;
}

/** Which part of a channel a host gets, `undefined` when none. A replicated channel is one part that every host gets. */
export function partFor(channel: Channel, host: JobHost, hosts: readonly JobHost[]): ChannelPart | undefined {
  const source = channel.DataSource?.S3DataSource;
  const groups = source?.InstanceGroupNames;
  const readers = groups === undefined ? hosts : hosts.filter(({ group }) => groups.includes(group));
  const index = readers.findIndex(({ name }) => name === host.name);
  if (index === -1) {
    return undefined;
  }
  return source?.S3DataDistributionType === "ShardedByS3Key" ? { index, count: readers.length } : { index: 0, count: 1 };
}

/** `inputdataconfig.json` of one host. */
export function inputDataConfig(request: CreateTrainingJobCommandInput, host: JobHost, hosts: readonly JobHost[]): Record<string, object> {
  return Object.fromEntries(
    (request.InputDataConfig ?? [])
      .filter((channel) => partFor(channel, host, hosts) !== undefined)
      .map((channel) => [
        channel.ChannelName,
        {
          TrainingInputMode: inputMode(channel, request),
          S3DistributionType: channel.DataSource?.S3DataSource?.S3DataDistributionType ?? "FullyReplicated",
          RecordWrapperType: channel.RecordWrapperType ?? "None",
          ...(channel.ContentType === undefined ? {} : { ContentType: channel.ContentType }),
        },
      ]),
  );
}

/** Throws AWS's kind of reason when a channel's data is in a place that this machine does not have. */
export function checkChannel(channel: Channel): void {
  if (channel.DataSource?.S3DataSource === undefined) {
    throw clientError(
      `Channel ${channel.ChannelName} cannot be read locally: the local endpoint serves S3 data, not file systems and data sets.`,
    );
  }
}
