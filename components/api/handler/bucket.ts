import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { placeOf } from "./places";

/**
 * Checksums only where S3 asks for them: a presigned URL with one could carry one content only. An endpoint of its own is addressed by path, since the names
 * of buckets below it need not resolve.
 */
const client = new S3Client({
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
  forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined,
});

/** An object as callers are told of it. */
export interface FoundObject {
  readonly contentType: string | undefined;
  readonly bytes: number | undefined;
}

/** The object of a URI; undefined when there is none. Who may not list a bucket is told 403 of an object that is not there. */
export async function find(uri: string): Promise<FoundObject | undefined> {
  const { bucket: Bucket, key: Key } = placeOf(uri);
  try {
    const { ContentType: contentType, ContentLength: bytes } = await client.send(new HeadObjectCommand({ Bucket, Key }));
    return { contentType, bytes };
  } catch (error) {
    return unlessMissing(error);
  }
}

/** The beginning of an object as text; undefined when there is none. */
export async function readText(uri: string, bytes: number): Promise<string | undefined> {
  const { bucket: Bucket, key: Key } = placeOf(uri);
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    const all = (await Body?.transformToByteArray()) ?? new Uint8Array();
    return Buffer.from(all.subarray(0, bytes)).toString();
  } catch (error) {
    return unlessMissing(error);
  }
}

export async function put(uri: string, body: Uint8Array | string, contentType: string): Promise<void> {
  const { bucket: Bucket, key: Key } = placeOf(uri);
  await client.send(new PutObjectCommand({ Bucket, Key, Body: body, ContentType: contentType }));
}

/** Puts an object that must not be there yet. False when it is. */
export async function putNew(uri: string, body: string, contentType: string): Promise<boolean> {
  const { bucket: Bucket, key: Key } = placeOf(uri);
  try {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: body, ContentType: contentType, IfNoneMatch: "*" }));
    return true;
  } catch (error) {
    if (statusOf(error) === 412 || statusOf(error) === 409) {
      return false;
    }
    throw error;
  }
}

export function urlToRead(uri: string, expiresIn: number): Promise<string> {
  const { bucket: Bucket, key: Key } = placeOf(uri);
  return getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), { expiresIn });
}

export function urlToWrite(uri: string, expiresIn: number): Promise<string> {
  const { bucket: Bucket, key: Key } = placeOf(uri);
  return getSignedUrl(client, new PutObjectCommand({ Bucket, Key }), { expiresIn });
}

function unlessMissing(error: unknown): undefined {
  if (![403, 404].includes(statusOf(error) ?? 0)) {
    throw error;
  }
}

function statusOf(error: unknown): number | undefined {
  const { $metadata } = (typeof error === "object" && error !== null ? error : {}) as { readonly $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
