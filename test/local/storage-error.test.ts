import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { failureReason, storageFailure } from "../../local/jobs/job-failure";
import { ObjectStorage } from "../../local/storage/object-storage";
import { storageError } from "../../local/storage/storage-error";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function storageThat(listener: RequestListener): Promise<ObjectStorage> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return ObjectStorage.at(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "us-east-1");
}

/** The reason a job fails with. */
async function reason(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no failure",
    (error: unknown) => failureReason(storageFailure("Data download failed", error)),
  );
}

test("an object that breaks off says that S3 did, and is not the caller's fault", async () => {
  const storage = await storageThat((_, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("only this", () => response.destroy());
  });
  const got = await reason(storage.read("s3://bucket/key").then((content) => text(content)));
  expect(got).toBe("InternalServerError: Data download failed: Error: S3 did not answer, or broke off (aborted)");
});

test("an object comes whole, and its reader may stop early", async () => {
  const storage = await storageThat((_, response) => response.end("x".repeat(1_000_000)));
  expect(await text(await storage.read("s3://bucket/key"))).toHaveLength(1_000_000);
  const content = await storage.read("s3://bucket/key");
  content.destroy();
  await expect.poll(() => content.destroyed).toBe(true);
});

test("a refusal is the caller's fault, in S3's words", async () => {
  const storage = await storageThat((_, response) => {
    response.writeHead(404, { "content-type": "application/xml" });
    response.end("<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>");
  });
  expect(await reason(storage.read("s3://bucket/key"))).toBe(
    "ClientError: Data download failed: NoSuchKey: The specified key does not exist.",
  );
});

test("services that are not there, and an upload they have forgotten, are S3's fault", async () => {
  const gone = ObjectStorage.at("http://127.0.0.1:9", "us-east-1");
  expect(await reason(gone.read("s3://bucket/key"))).toMatch(/^InternalServerError: Data download failed: Error: S3 did not answer/);
  expect(await reason(gone.write("s3://bucket/key", Readable.from(["x"])))).toMatch(/^InternalServerError: .*S3 did not answer/);
  const forgotten = Object.assign(new Error("The specified upload does not exist."), {
    name: "NoSuchUpload",
    $metadata: { httpStatusCode: 404 },
  });
  expect(storageError(forgotten).message).toBe("S3 did not answer, or broke off (The specified upload does not exist.)");
});
