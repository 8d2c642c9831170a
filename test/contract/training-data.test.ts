import { gzipSync } from "node:zlib";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { Channel, DescribeTrainingJobCommandOutput } from "@aws-sdk/client-sagemaker";
import { CreateTrainingJobCommand } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mostInstances } from "../../local/jobs/cluster";
import { modelFiles, train, untar } from "./support/jobs";
import { bucket, getBytes, logLines, type Platform, putText, rejection, startPlatform } from "./support/platform";
import { trainingJob } from "./support/requests";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  for (const name of ["a", "b", "c", "d"]) {
    await putText(platform.s3, `parts/${name}.txt`, `${name.repeat(3)}\n`);
  }
});
afterAll(() => platform.stop());

function channel(name: string, s3: Partial<NonNullable<NonNullable<Channel["DataSource"]>["S3DataSource"]>>, more: Partial<Channel> = {}) {
  const source = { S3DataType: "S3Prefix" as const, S3Uri: `s3://${bucket}/parts/`, ...s3 };
  return { ChannelName: name, DataSource: { S3DataSource: source }, ...more };
}

/** What the task `pipes` read: the bytes of each epoch of each channel. */
async function piped(job: DescribeTrainingJobCommandOutput): Promise<Record<string, Buffer[]>> {
  const text: Record<string, string[]> = JSON.parse((await modelFiles(platform, job)).get("pipes.json") ?? "{}");
  return Object.fromEntries(Object.entries(text).map(([name, epochs]) => [name, epochs.map((epoch) => Buffer.from(epoch, "base64"))]));
}

/** The contents of a stream of RecordIO records. */
function records(stream: Buffer | undefined): string[] {
  const found: string[] = [];
  for (let at = 0; stream !== undefined && at < stream.length; ) {
    expect(stream.readUInt32LE(at)).toBe(0xced7230a);
    const length = stream.readUInt32LE(at + 4);
    found.push(stream.subarray(at + 8, at + 8 + length).toString());
    at += 8 + Math.ceil(length / 4) * 4;
  }
  return found;
}

describe("a job of three instances", () => {
  test("has a container, a configuration, a share of the objects and a log stream for each, which reach each other", async () => {
    const job = await train(platform, "three", {
      HyperParameters: { task: "meet" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 3, VolumeSizeInGB: 5 },
      InputDataConfig: [
        channel("shared", { S3DataDistributionType: "ShardedByS3Key" }),
        channel("whole", { S3Uri: `s3://${bucket}/parts/a` }),
      ],
    });
    expect([job.TrainingJobStatus, job.FailureReason]).toEqual(["Completed", undefined]);
    const files = await modelFiles(platform, job);
    expect([...files.keys()]).toEqual(["algo-1.json", "algo-2.json", "algo-3.json", "shared.txt"]);
    expect(files.get("shared.txt")).toBe("algo-1");
    const hosts = ["algo-1", "algo-2", "algo-3"];
    const shards = [["shared/a.txt", "shared/d.txt"], ["shared/b.txt"], ["shared/c.txt"]];
    for (const [index, host] of hosts.entries()) {
      expect(JSON.parse(files.get(`${host}.json`) ?? "")).toEqual({
        resources: {
          current_host: host,
          current_instance_type: "ml.m5.large",
          current_group_name: "homogeneousCluster",
          hosts,
          instance_groups: [{ instance_group_name: "homogeneousCluster", instance_type: "ml.m5.large", hosts }],
          network_interface_name: "lo",
        },
        channels: ["shared", "whole"],
        files: [...(shards[index] ?? []), "whole/a.txt"],
        seen: index === 0 ? ["algo-2", "algo-3"] : [],
      });
      const stream = `three/${host}-${Math.floor((job.CreationTime?.getTime() ?? 0) / 1_000)}`;
      expect(await logLines(platform.logs, "/aws/sagemaker/TrainingJobs", stream)).toEqual([`hello from ${host} loss=0.5`]);
    }
    const output = await untar(await getBytes(platform.s3, `s3://${bucket}/artifacts/three/output/output.tar.gz`));
    expect([...output.keys()]).toEqual(["algo-1.txt", "algo-2.txt", "algo-3.txt"]);
  });

  test("fails with the reason of the host that failed first; the others are stopped", async () => {
    const job = await train(platform, "one-fails", {
      HyperParameters: { task: "fail_alone", host: "algo-2" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 3, VolumeSizeInGB: 5 },
    });
    expect([job.TrainingJobStatus, job.FailureReason]).toEqual(["Failed", "AlgorithmError: algo-2 ran out of memory, exit code: 3"]);
  });

  test("in groups tells the groups, and gives a group's channel to its hosts only", async () => {
    const job = await train(platform, "groups", {
      HyperParameters: { task: "meet" },
      ResourceConfig: {
        VolumeSizeInGB: 5,
        InstanceGroups: [
          { InstanceGroupName: "first", InstanceType: "ml.m5.large", InstanceCount: 1 },
          { InstanceGroupName: "second", InstanceType: "ml.c5.xlarge", InstanceCount: 2 },
        ],
      },
      InputDataConfig: [channel("rest", { InstanceGroupNames: ["second"], S3DataDistributionType: "ShardedByS3Key" })],
    });
    const files = await modelFiles(platform, job);
    const seen = ["algo-1", "algo-2", "algo-3"].map((host) => JSON.parse(files.get(`${host}.json`) ?? "{}"));
    expect(seen.map(({ resources }) => [resources.current_group_name, resources.current_instance_type])).toEqual([
      ["first", "ml.m5.large"],
      ["second", "ml.c5.xlarge"],
      ["second", "ml.c5.xlarge"],
    ]);
    expect(seen.map(({ files: own }) => own)).toEqual([[], ["rest/a.txt", "rest/c.txt"], ["rest/b.txt", "rest/d.txt"]]);
    expect(seen[0].resources.instance_groups[1]).toEqual({
      instance_group_name: "second",
      instance_type: "ml.c5.xlarge",
      hosts: ["algo-2", "algo-3"],
    });
  });

  test("that are more than this machine runs fails and names the number", async () => {
    const count = mostInstances() + 1;
    const job = await train(platform, "too-many", {
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: count, VolumeSizeInGB: 5 },
    });
    expect(job.FailureReason).toBe(
      `ClientError: The job asks for ${count} instances; on this machine at most ${count - 1} run at once, each as a container. ` +
        `Set InstanceCount to ${count - 1} or less.`,
    );
  });
});

describe("a channel in Pipe mode", () => {
  test("is a pipe for each epoch with the objects in the order of their keys, unpacked and wrapped as asked for", async () => {
    const zipped = Buffer.concat([gzipSync("first\n"), gzipSync("second\n")]);
    await platform.s3.send(new PutObjectCommand({ Bucket: bucket, Key: "zipped/rows.gz", Body: zipped }));
    const large = "x".repeat(300_000);
    await putText(platform.s3, "large/object.txt", large);
    const gzip = { S3Uri: `s3://${bucket}/zipped/` };
    const job = await train(platform, "pipes", {
      AlgorithmSpecification: { TrainingImage: platform.image.uri, TrainingInputMode: "Pipe" },
      HyperParameters: { task: "pipes", epochs: "2" },
      InputDataConfig: [
        channel("plain", {}),
        channel("large", { S3Uri: `s3://${bucket}/large/object.txt` }),
        channel("wrapped", {}, { RecordWrapperType: "RecordIO", ContentType: "text/plain" }),
        channel("zipped", gzip, { CompressionType: "Gzip" }),
        channel("both", gzip, { CompressionType: "Gzip", RecordWrapperType: "RecordIO" }),
      ],
    });
    expect([job.TrainingJobStatus, job.FailureReason]).toEqual(["Completed", undefined]);
    const read = await piped(job);
    expect(read.plain?.map(String)).toEqual(["aaa\nbbb\nccc\nddd\n", "aaa\nbbb\nccc\nddd\n"]);
    expect(read.large?.map((epoch) => epoch.equals(Buffer.from(large)))).toEqual([true, true]);
    expect(records(read.wrapped?.[1])).toEqual(["aaa\n", "bbb\n", "ccc\n", "ddd\n"]);
    expect(read.zipped?.map(String)).toEqual(["first\nsecond\n", "first\nsecond\n"]);
    expect(records(read.both?.[0])).toEqual(["first\nsecond\n"]);
  });

  test("that is shuffled has every object in every epoch, in an order the seed decides", async () => {
    for (let index = 0; index < 12; index++) {
      await putText(platform.s3, `dozen/${String(index).padStart(2, "0")}`, `${index},`);
    }
    const shuffle = channel("train", { S3Uri: `s3://${bucket}/dozen/` }, { ShuffleConfig: { Seed: 7 } });
    const request = {
      AlgorithmSpecification: { TrainingImage: platform.image.uri, TrainingInputMode: "Pipe" as const },
      HyperParameters: { task: "pipes", epochs: "2" },
      InputDataConfig: [shuffle],
    };
    const [first = "", second = ""] = (await piped(await train(platform, "shuffled", request))).train?.map(String) ?? [];
    const again = (await piped(await train(platform, "shuffled-again", request))).train?.map(String);
    const sorted = (text: string) =>
      text
        .split(",")
        .map(Number)
        .sort((a, b) => a - b);
    expect([sorted(first), sorted(second)]).toEqual([sorted("0,1,2,3,4,5,6,7,8,9,10,11,"), sorted("0,1,2,3,4,5,6,7,8,9,10,11,")]);
    expect(first).not.toBe("0,1,2,3,4,5,6,7,8,9,10,11,");
    expect(second).not.toBe(first);
    expect(again).toEqual([first, second]);
  });

  test("of an augmented manifest carries the wanted attributes line by line, and the objects they refer to", async () => {
    const lines = [
      { "source-ref": `s3://${bucket}/parts/a.txt`, label: "first", more: { count: 1 } },
      { "source-ref": `s3://${bucket}/parts/b.txt`, label: "second", more: { count: 2 } },
    ];
    await putText(platform.s3, "augmented.manifest", lines.map((line) => JSON.stringify(line)).join("\n"));
    const source = { S3DataType: "AugmentedManifestFile" as const, S3Uri: `s3://${bucket}/augmented.manifest` };
    const augmented = channel(
      "train",
      { ...source, AttributeNames: ["source-ref", "label", "more"] },
      { InputMode: "Pipe", RecordWrapperType: "RecordIO" },
    );
    const request = { HyperParameters: { task: "pipes", epochs: "1" }, InputDataConfig: [augmented] };
    expect(records((await piped(await train(platform, "augmented", request))).train?.[0])).toEqual([
      "aaa\n",
      "first",
      '{"count":1}',
      "bbb\n",
      "second",
      '{"count":2}',
    ]);
    const inFiles = trainingJob(platform, "augmented-files", { InputDataConfig: [channel("train", source)] });
    const refused = await rejection(platform.sagemaker.send(new CreateTrainingJobCommand(inFiles)));
    expect(refused.message).toBe("Channel train: AugmentedManifestFile can only be used with the input mode Pipe.");
  });

  test("whose object is gone fails the job with the reason, though its program waits for more", async () => {
    await putText(platform.s3, "gone.manifest", JSON.stringify([{ prefix: `s3://${bucket}/parts/` }, "a.txt", "gone.txt"]));
    const manifest = channel("train", { S3DataType: "ManifestFile", S3Uri: `s3://${bucket}/gone.manifest` }, { InputMode: "Pipe" });
    const job = await train(platform, "pipe-gone", { HyperParameters: { task: "pipes", epochs: "2" }, InputDataConfig: [manifest] });
    expect(job.TrainingJobStatus).toBe("Failed");
    expect(job.FailureReason).toMatch(/^ClientError: Data download failed: NoSuchKey/);
  });
});

test("a manifest names the objects of a File or FastFile channel, which keep their relative names", async () => {
  await putText(platform.s3, "list.manifest", JSON.stringify([{ prefix: `s3://${bucket}/` }, "parts/c.txt", "parts/a.txt"]));
  const manifest = { S3DataType: "ManifestFile" as const, S3Uri: `s3://${bucket}/list.manifest` };
  const job = await train(platform, "manifest", {
    InputDataConfig: [channel("train", manifest), channel("fast", manifest, { InputMode: "FastFile", ContentType: "text/plain" })],
  });
  const model = JSON.parse((await modelFiles(platform, job)).get("model.json") ?? "");
  expect(model.files).toEqual({
    "fast/parts/a.txt": "aaa\n",
    "fast/parts/c.txt": "ccc\n",
    "train/parts/a.txt": "aaa\n",
    "train/parts/c.txt": "ccc\n",
  });
  expect(model.channels.fast).toEqual({
    TrainingInputMode: "FastFile",
    S3DistributionType: "FullyReplicated",
    RecordWrapperType: "None",
    ContentType: "text/plain",
  });
});

test("a manifest that leads out of its folder fails the job and shows the name", async () => {
  await putText(platform.s3, "bad.manifest", JSON.stringify([{ prefix: `s3://${bucket}/` }, "../../etc/passwd"]));
  const job = await train(platform, "bad-manifest", {
    InputDataConfig: [channel("train", { S3DataType: "ManifestFile", S3Uri: `s3://${bucket}/bad.manifest` })],
  });
  expect(job.FailureReason).toContain(`the manifest s3://${bucket}/bad.manifest holds "../../etc/passwd", which leads out of its folder`);
});
