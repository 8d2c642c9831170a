import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { LargeObject, peakMemory } from "../support/large-object";
import type { Figure } from "./endpoints";
import { LocalDaemon } from "./local-daemon";
import { timed } from "./measure";

const bytes = 2 * 1024 ** 3;

/** How fast a large object goes in and out of the local S3, and the most memory that this has taken. Needs 8 GiB on the disk of temporary files. */
export async function objectFigures(say: (line: string) => void): Promise<Figure[]> {
  const daemon = await LocalDaemon.start();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const s3 = new S3Client({ endpoint: daemon.record.endpointUrl, region: "us-east-1", forcePathStyle: true, credentials });
  try {
    await s3.send(new CreateBucketCommand({ Bucket: "objects" }));
    const object = new LargeObject(s3, "objects", "large", bytes);
    const works: readonly [string, () => Promise<void>][] = [
      ["`PutObject`", () => object.put()],
      ["upload in parts of 16 MiB", () => object.putInParts()],
      ["`GetObject`, with its MD5 taken twice by the client", () => object.get()],
      ["`GetObject` of the last 256 MiB", () => object.getRange()],
      ["`CopyObject`", () => object.copy()],
    ];
    const figures: Figure[] = [];
    for (const [what, work] of works) {
      say(`S3: ${what}`);
      figures.push({ what: `object of 2 GiB: ${what}`, measured: `${((await timed(work)) / 1000).toFixed(1)} s`, aim: "" });
    }
    const peak = peakMemory(daemon.record.pid);
    const measured = `${Math.round(peak.daemon / 1e6)} MB, ${Math.round(peak.services / 1e6)} MB`;
    return [
      ...figures,
      { what: "object of 2 GiB: most memory of the daemon, of the services behind it", measured, aim: "under 300 MB each" },
    ];
  } finally {
    s3.destroy();
    await daemon.stop();
  }
}
