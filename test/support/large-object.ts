import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { CopyObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";

const mebibyte = 1024 * 1024;

/** So many bytes as they are asked for; no two pieces of a mebibyte are the same. */
export function generated(bytes: number): Readable {
  function* pieces(): Generator<Buffer> {
    for (let position = 0; position < bytes; position += mebibyte) {
      const piece = Buffer.alloc(Math.min(mebibyte, bytes - position));
      piece.writeUInt32BE(position / mebibyte, Math.min(8, piece.length - 4));
      yield piece;
    }
  }
  return Readable.from(pieces(), { objectMode: false, highWaterMark: mebibyte });
}

/** Peak resident memory in bytes: of a daemon, and of the services behind it. */
export function peakMemory(daemon: number): { readonly daemon: number; readonly services: number } {
  const services = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && isServiceOf(daemon, entry));
  return { daemon: peakOf(String(daemon)), services: Math.max(...services.map(peakOf)) };
}

function isServiceOf(daemon: number, pid: string): boolean {
  try {
    const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return parent === String(daemon) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("local/ministack/launch.py");
  } catch {
    return false;
  }
}

function peakOf(pid: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** What S3's clients do with one object, as streams. Each rejects unless the object is what it should be. */
export class LargeObject {
  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    private readonly key: string,
    readonly bytes: number,
  ) {}

  async put(): Promise<void> {
    const Body = generated(this.bytes);
    await this.s3.send(new PutObjectCommand({ Bucket: this.bucket, Key: this.key, Body, ContentLength: this.bytes }));
  }

  async putInParts(): Promise<void> {
    const params = { Bucket: this.bucket, Key: `${this.key}-in-parts`, Body: generated(this.bytes) };
    await new Upload({ client: this.s3, params, partSize: 16 * mebibyte }).done();
    await this.check(params.Key);
  }

  async copy(): Promise<void> {
    const Key = `${this.key}-copy`;
    await this.s3.send(new CopyObjectCommand({ Bucket: this.bucket, Key, CopySource: `${this.bucket}/${this.key}` }));
    await this.check(Key);
  }

  /** Reads the whole; its MD5 has to be the ETag it was given, and that of what was sent. */
  async get(): Promise<void> {
    const { Body, ETag } = await this.s3.send(new GetObjectCommand({ Bucket: this.bucket, Key: this.key }));
    const [received, sent] = [createHash("md5"), createHash("md5")];
    for await (const piece of Body as Readable) {
      received.update(piece as Buffer);
    }
    for await (const piece of generated(this.bytes)) {
      sent.update(piece as Buffer);
    }
    const digest = received.digest("hex");
    if (`"${digest}"` !== ETag || digest !== sent.digest("hex")) {
      throw new Error(`the object came back with MD5 ${digest}, and its ETag is ${ETag}`);
    }
  }

  /** Reads the last eighth of the object in parts. */
  async getRange(): Promise<void> {
    const start = Math.floor((this.bytes / 8) * 7);
    const { Body } = await this.s3.send(
      new GetObjectCommand({ Bucket: this.bucket, Key: `${this.key}-in-parts`, Range: `bytes=${start}-` }),
    );
    let received = 0;
    for await (const piece of Body as Readable) {
      received += (piece as Buffer).length;
    }
    if (received !== this.bytes - start) {
      throw new Error(`${received} bytes of ${this.bytes - start} came back`);
    }
  }

  private async check(Key: string): Promise<void> {
    const { ContentLength } = await this.s3.send(new HeadObjectCommand({ Bucket: this.bucket, Key }));
    if (ContentLength !== this.bytes) {
      throw new Error(`${Key} has ${ContentLength} bytes, not ${this.bytes}`);
    }
  }
}
