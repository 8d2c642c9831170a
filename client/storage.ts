import type { Readable } from "node:stream";
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { Connections } from "./connections";
import { SlipwayClientError, StorageError } from "./errors";
import { partSize } from "./limits";
import { accessDenied, describe, isConnectionFailure, isDenied } from "./service-errors";

/** Bucket and key of `s3://bucket/key`. */
export function parseLocation(uri: string): { readonly Bucket: string; readonly Key: string } {
  const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (Bucket === undefined || Key === undefined) throw new TypeError(`got ${JSON.stringify(uri)}; an object in S3 is s3://bucket/key`);
  return { Bucket, Key };
}

export interface StoredObject {
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
}

/** An object, or undefined while there is none. */
export async function readObject(
  connections: Connections,
  region: string | undefined,
  uri: string,
  signal: AbortSignal,
): Promise<StoredObject | undefined> {
  const [{ GetObjectCommand }, s3] = await Promise.all([import("@aws-sdk/client-s3"), connections.s3(region)]);
  try {
    return await connections.storing.use(signal, async () => {
      const { Body, ContentType }: GetObjectCommandOutput = await s3.send(new GetObjectCommand(parseLocation(uri)), {
        abortSignal: signal,
      });
      return { body: (await Body?.transformToByteArray()) ?? new Uint8Array(), contentType: ContentType };
    });
  } catch (error) {
    if (describe(error).code === "NoSuchKey") return undefined;
    throw signal.aborted ? error : storageError(error, uri, "read");
  }
}

/** Writes an object: in parts when it is large or of unknown size. */
export async function writeObject(
  connections: Connections,
  region: string | undefined,
  uri: string,
  content: { readonly body: Uint8Array | Readable; readonly contentType: string },
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const [{ PutObjectCommand }, s3] = await Promise.all([import("@aws-sdk/client-s3"), connections.s3(region)]);
  const params = { ...parseLocation(uri), Body: content.body, ContentType: content.contentType };
  try {
    await connections.storing.use(signal, async () => {
      if (content.body instanceof Uint8Array && content.body.byteLength <= partSize) {
        await s3.send(new PutObjectCommand(params), { abortSignal: signal });
        onBytes(content.body.byteLength);
        return;
      }
      const { Upload } = await import("@aws-sdk/lib-storage");
      const upload = new Upload({ client: s3, params, partSize, queueSize: 4 });
      upload.on("httpUploadProgress", ({ loaded }) => onBytes(loaded ?? 0));
      const abort = () => void upload.abort();
      signal.addEventListener("abort", abort, { once: true });
      try {
        await upload.done();
      } finally {
        signal.removeEventListener("abort", abort);
      }
    });
  } catch (error) {
    throw signal.aborted ? error : storageError(error, uri, "write");
  }
}

function storageError(error: unknown, uri: string, doing: "read" | "write"): unknown {
  if (error instanceof SlipwayClientError || error instanceof TypeError) return error;
  const { code, status, message } = describe(error);
  if (isDenied(error)) {
    // S3 tells those who may not list a bucket that they may not read what is not there.
    const actions = doing === "read" ? "s3:GetObject there and s3:ListBucket on the bucket" : "s3:PutObject there";
    return accessDenied(`${code} at ${uri}: ${message}.`, `${actions} (and the bucket's KMS key)`, error);
  }
  const advice =
    code === "NoSuchBucket" ? "Bring the stack up, or compare region and credentials with the stack's." : `It was to ${doing} ${uri}.`;
  return new StorageError(`${code}: ${message}.`, advice, code, {
    retryable: isConnectionFailure(error) || (status ?? 0) >= 500,
    cause: error,
  });
}
