import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { describe, expect, test } from "vitest";
import { packFolders } from "../../../local/archive/pack-folder";
import { hostsOf, mostInstances, resourceConfig } from "../../../local/jobs/cluster";
import { hostPath, processArgument } from "../../../local/jobs/container-paths";
import { manifestObjects, shardOf } from "../../../local/jobs/job-data";
import { failureReason, JobFailure, storageFailure } from "../../../local/jobs/job-failure";
import { shuffled } from "../../../local/training/shuffle";
import { Slots } from "../../../local/transform/slots";
import { scratchFolder } from "../support/scratch";

const scratch = scratchFolder();

test("a machine runs two instances for each processor, and four at least", () => {
  expect([1, 2, 4, 16].map(mostInstances)).toEqual([4, 4, 8, 32]);
});

test("the hosts of ten and more instances are listed as text, as AWS sorts them", () => {
  const hosts = hostsOf({ InstanceType: "ml.m5.large", InstanceCount: 10 });
  const [first] = hosts;
  const config = resourceConfig(first ?? { name: "", instanceType: "", group: "" }, hosts, "eth0") as { hosts: string[] };
  expect(config.hosts.slice(0, 3)).toEqual(["algo-1", "algo-10", "algo-2"]);
});

describe("a path of a container", () => {
  test("lies below the folder that stands for /opt/ml, or is refused", () => {
    expect(hostPath("/run/job", "/opt/ml/processing/in", "LocalPath")).toBe("/run/job/processing/in");
    expect(hostPath("/run/job", "/opt/ml", "LocalPath")).toBe("/run/job");
    for (const path of ["/opt/mlops", "/opt/ml/../../etc", "data"]) {
      expect(() => hostPath("/run/job", path, "LocalPath")).toThrow(`ClientError: LocalPath ${path} lies outside of /opt/ml`);
    }
  });

  test("in an argument of a process is rewritten, alone or behind an equals sign", () => {
    const given = ["/opt/ml/processing/in", "--data=/opt/ml/x", "/opt/ml", "/opt/mlops/x", "text about /opt/ml/x", "a=b"];
    const rewritten = ["/run/processing/in", "--data=/run/x", "/run", "/opt/mlops/x", "text about /opt/ml/x", "a=b"];
    expect(given.map((argument) => processArgument("/run", argument))).toEqual(rewritten);
  });
});

describe("a manifest", () => {
  test("names objects by a prefix and what follows it", () => {
    expect(manifestObjects("s3://b/m", '[{"prefix": "s3://data/rows/"}, "a.csv", "deep/b.csv"]')).toEqual([
      { uri: "s3://data/rows/a.csv", path: "a.csv" },
      { uri: "s3://data/rows/deep/b.csv", path: "deep/b.csv" },
    ]);
  });

  test.each([
    ["{", "is not JSON"],
    ["[]", 'does not begin with an object that has a "prefix"'],
    ['["a.csv"]', 'does not begin with an object that has a "prefix"'],
    ['[{"prefix": "s3://data/"}]', "names no object"],
    ['[{"prefix": "s3://data/"}, 3]', "holds 3, which is not a name"],
    ['[{"prefix": "s3://data/"}, "/etc/passwd"]', 'holds "/etc/passwd", which leads out of its folder'],
  ])("%s is refused with the reason", (text, reason) => {
    expect(() => manifestObjects("s3://b/m", text)).toThrow(reason);
  });
});

test("objects are dealt out one by one, each to one instance", () => {
  expect([0, 1, 2].map((index) => shardOf(["a", "b", "c", "d"], index, 3))).toEqual([["a", "d"], ["b"], ["c"]]);
});

test("an order of shuffled items depends on seed and epoch alone", () => {
  const items = Array.from({ length: 20 }, (_, index) => index);
  expect(shuffled(items, 7, 0)).toEqual(shuffled(items, 7, 0));
  expect(shuffled(items, 7, 1)).not.toEqual(shuffled(items, 7, 0));
  expect(shuffled(items, 8, 0)).not.toEqual(shuffled(items, 7, 0));
  expect([...shuffled(items, 7, 3)].sort((a, b) => a - b)).toEqual(items);
});

test("what S3 refused is the caller's fault, what it did not answer the platform's", () => {
  const missing = Object.assign(new Error("NoSuchKey"), { $metadata: { httpStatusCode: 404 } });
  const down = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const broken = Object.assign(new Error("slow down"), { $metadata: { httpStatusCode: 503 } });
  expect(failureReason(storageFailure("Data download failed", missing))).toBe("ClientError: Data download failed: Error: NoSuchKey");
  expect(failureReason(storageFailure("Data download failed", down))).toMatch(/^InternalServerError: Data download failed/);
  expect(failureReason(storageFailure("Data download failed", broken))).toMatch(/^InternalServerError: Data download failed/);
  const known = new JobFailure("ClientError: as it stands");
  expect(storageFailure("Data download failed", known)).toBe(known);
});

test("folders are packed as one: the first file of a name stays, and none that could not be unpacked beside it is added", async () => {
  const [first, second] = [join(scratch, "first"), join(scratch, "second")];
  for (const folder of [join(first, "sub"), join(second, "sub"), join(second, "plain")]) {
    mkdirSync(folder, { recursive: true });
  }
  const files = { [`${first}/same`]: "1", [`${first}/plain`]: "1", [`${first}/sub/a`]: "1" };
  const later = { [`${second}/same`]: "2", [`${second}/plain/x`]: "2", [`${second}/sub/b`]: "2" };
  for (const [path, text] of Object.entries({ ...files, ...later })) {
    writeFileSync(path, text);
  }
  const entries = extract();
  packFolders([first, second]).pipe(createGunzip()).pipe(entries);
  const found: string[] = [];
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) {
      chunks.push(chunk as Buffer);
    }
    found.push(`${entry.header.name}=${Buffer.concat(chunks)}`);
  }
  expect(found).toEqual(["plain=1", "same=1", "sub/a=1", "sub/b=2"]);
});

test("a place is given to one request at a time, and a wait that is given up takes none", async () => {
  const slots = new Slots(1);
  const giveUp = new AbortController();
  const release = await slots.take(new AbortController().signal);
  const abandoned = slots.take(giveUp.signal);
  const second = slots.take(new AbortController().signal);
  giveUp.abort();
  await expect(abandoned).rejects.toThrow();
  release();
  release();
  const releaseSecond = await second;
  let third = false;
  const waiting = slots.take(new AbortController().signal).then((give) => {
    third = true;
    return give;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(third).toBe(false);
  releaseSecond();
  (await waiting)();
  expect(third).toBe(true);
});
