import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, join, normalize, sep } from "node:path";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { GetObjectCommand, type ListObjectsV2CommandOutput, paginateListObjectsV2, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { parseS3Uri } from "./s3-location";
import { storageError } from "./storage-error";

/** Objects downloaded at the same time. */
const parallelDownloads = 8;

/** What an object has beside its content. */
export interface ObjectProperties {
  readonly contentType?: string | undefined;
  /** The KMS key that it is said to be encrypted with, as a request names one; none when left out or empty. */
  readonly kmsKeyId?: string | undefined;
}

/** S3 as training jobs and endpoints use it: everything is streamed between objects and files. */
export class ObjectStorage {
  constructor(private readonly client: S3Client) {}

  /** A client of the S3 behind the local endpoint. */
  static at(endpoint: string, region: string): ObjectStorage {
    return new ObjectStorage(
      new S3Client({
        endpoint,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
      }),
    );
  }

  async read(uri: string, signal?: AbortSignal): Promise<Readable> {
    return (await this.open(uri, signal)).content;
  }

  /** An object's content together with its size in bytes. */
  async open(uri: string, signal?: AbortSignal): Promise<{ readonly content: Readable; readonly size: number }> {
    const { bucket, key } = parseS3Uri(uri);
    const { Body, ContentLength } = await this.client
      .send(new GetObjectCommand({ Bucket: bucket, Key: key }), signal === undefined ? {} : { abortSignal: signal })
      .catch(refuse);
    if (Body === undefined) {
      throw new Error(`${uri} has no content`);
    }
    return { content: readable(Body as Readable), size: ContentLength ?? 0 };
  }

  /** A small object as text. Rejects when it is larger than `maxBytes`. */
  async readText(uri: string, maxBytes: number, signal?: AbortSignal): Promise<string> {
    const { content, size } = await this.open(uri, signal);
    if (size > maxBytes) {
      content.destroy();
      throw new Error(`${uri} has ${size} bytes; at most ${maxBytes} are read`);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of content) {
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  /** The objects whose key starts with the URI's, in the order of their keys. */
  async *list(uri: string, signal?: AbortSignal): AsyncGenerator<{ readonly key: string; readonly size: number }> {
    for await (const page of this.pages(uri)) {
      signal?.throwIfAborted();
      for (const { Key, Size } of page.Contents ?? []) {
        if (Key !== undefined) {
          yield { key: Key, size: Size ?? 0 };
        }
      }
    }
  }

  async write(uri: string, content: Readable, { contentType, kmsKeyId }: ObjectProperties = {}): Promise<void> {
    const { bucket, key } = parseS3Uri(uri);
    const params = {
      Bucket: bucket,
      Key: key,
      Body: content,
      ...(contentType === undefined ? {} : { ContentType: contentType }),
      ...(kmsKeyId === undefined || kmsKeyId === "" ? {} : { ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId: kmsKeyId }),
    };
    await new Upload({ client: this.client, params }).done().catch(refuse);
  }

  /** Downloads one object, or all whose key starts with the URI's. Returns how many files were written; none is not an error. */
  async downloadPrefix(uri: string, folder: string, signal?: AbortSignal): Promise<number> {
    const { bucket, key: prefix } = parseS3Uri(uri);
    await mkdir(folder, { recursive: true });
    const keys: string[] = [];
    for await (const page of this.pages(uri)) {
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined || Key.endsWith("/") ? [] : [Key])));
    }
    const waiting = [...keys];
    const worker = async (): Promise<void> => {
      for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
        const target = join(folder, relativePath(key, prefix));
        await mkdir(dirname(target), { recursive: true });
        await pipeline(await this.read(`s3://${bucket}/${key}`, signal), createWriteStream(target));
      }
    };
    await Promise.all(Array.from({ length: Math.min(parallelDownloads, keys.length) }, worker));
    return keys.length;
  }

  private async *pages(uri: string): AsyncGenerator<ListObjectsV2CommandOutput> {
    const { bucket, key: prefix } = parseS3Uri(uri);
    try {
      yield* paginateListObjectsV2({ client: this.client }, { Bucket: bucket, Prefix: prefix });
    } catch (error) {
      refuse(error);
    }
  }

  close(): void {
    this.client.destroy();
  }
}

function refuse(error: unknown): never {
  throw storageError(error);
}

/** The content of an object, which breaks off with words for whoever reads it. */
function readable(body: Readable): Readable {
  const content = new PassThrough();
  body.on("error", (error) => content.destroy(storageError(error)));
  content.once("close", () => body.destroy());
  return body.pipe(content);
}

/** Where an object of a prefix lies in the channel's folder; throws when its key would lead out of it. */
export function relativePath(key: string, prefix: string): string {
  const folder =
    prefix === "" || prefix.endsWith("/") || key.startsWith(`${prefix}/`) ? prefix : prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const relative = key.slice(folder.length).replace(/^\/+/, "");
  const path = normalize(relative === "" ? basename(key) : relative);
  if (path === ".." || path.startsWith(`..${sep}`)) {
    throw new Error(`the object key ${key} would be written outside of its folder`);
  }
  return path;
}
