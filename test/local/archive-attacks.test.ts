import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { deflateRawSync, gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { describe, expect, test } from "vitest";
import { archiveLimits } from "../../local/archive/archive-guard";
import { unpackArchive } from "../../local/archive/unpack-archive";
import { unzip } from "../../local/functions/unzip";
import { ObjectStorage, relativePath } from "../../local/storage/object-storage";
import { parseS3Uri } from "../../local/storage/s3-location";
import { scratchFolder } from "./support/scratch";

const scratch = scratchFolder();
const mebibyte = 1024 * 1024;

/** A block of a tar, as somebody writes it who keeps to no rule. */
function header(name: string, type: string, size: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, "latin1");
  block.write("0000644\0", 100);
  block.write(size, 124, "latin1");
  block.write("        ", 148);
  block.write(type, 156);
  block.write("ustar\0" + "00", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

const octal = (size: number) => size.toString(8).padStart(11, "0");
const gzipped = (...parts: Buffer[]) => Readable.from([gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]))]);
const pax = (record: string) => {
  const line = `${String(record.length + 4).padStart(2)} ${record}\n`;
  return Buffer.concat([header("pax", "x", octal(line.length)), Buffer.from(line.padEnd(512, "\0"), "latin1")]);
};

describe("an archive of model data or code is refused", () => {
  let folders = 0;
  const refused = async (archive: Readable, message: string | RegExp, limits = archiveLimits): Promise<void> => {
    const before = readdirSync(scratch);
    const target = `target-${folders++}`;
    await expect(unpackArchive(archive, join(scratch, target), limits)).rejects.toThrow(message);
    expect(readdirSync(scratch)).toEqual([...before, target].sort());
  };

  test("when it unpacks to far more than its size", async () => {
    const zeros = [header("zeros", "0", octal(8 * mebibyte)), Buffer.alloc(8 * mebibyte)];
    await refused(gzipped(...zeros), "the archive unpacks to more than 200 times its size", { ...archiveLimits, ratioFrom: mebibyte });
  });

  test("when a header that is read into memory whole is longer than any is", async () => {
    await refused(
      gzipped(header("pax", "x", octal(1 << 30)), Buffer.alloc(64 * mebibyte)),
      /Header exceeds max size|bytes between two files/,
    );
  });

  test("when there is much between its files", async () => {
    await refused(gzipped(header("a", "0", octal(0)), ...Array.from({ length: 3_000 }, () => pax("path=b"))), "bytes between two files");
  });

  test("when it has more members than any model", async () => {
    const archive = gzipped(...Array.from({ length: 11 }, (_, index) => header(`f${index}`, "0", octal(0))));
    await refused(archive, "the archive has more than 10 files and folders", { ...archiveLimits, members: 10 });
  });

  test.each([
    ["leads out by its long name", [pax("path=../../escape")], /lies outside of the folder/],
    ["is absolute by its long name", [pax("path=/etc/escape")], /lies outside of the folder/],
    ["has a NUL byte", [pax("path=a\0b")], /null bytes/],
    ["is longer than a path may be", [pax(`path=${"a".repeat(70)}`)], /./],
  ])("when a member's name %s", async (name, before, message) => {
    const long = name.startsWith("is longer") ? header("n".repeat(100), "0", octal(0)) : header("file", "0", octal(0));
    if (name.startsWith("is longer")) {
      const deep = pack();
      deep.entry({ name: `${"d".repeat(200)}/`.repeat(30) }, "");
      deep.finalize();
      const chunks: Buffer[] = [];
      for await (const chunk of deep as unknown as Readable) chunks.push(chunk as Buffer);
      await refused(Readable.from([gzipSync(Buffer.concat(chunks))]), "ENAMETOOLONG");
      return;
    }
    await refused(gzipped(...before, long), message);
  });

  test.each([
    ["a symbolic link", "2"],
    ["a hard link", "1"],
    ["a character device", "3"],
    ["a block device", "4"],
    ["a pipe", "6"],
    ["a sparse file", "S"],
    ["a kind that nobody knows", "Z"],
  ])("when it has %s", async (_, type) => {
    await refused(
      gzipped(header("odd", type, octal(0)), header("odd/evil", "0", octal(0))),
      /the archive holds odd, which is a|Unsupported|Invalid/,
    );
  });

  test("when a file is a folder to another", async () => {
    await refused(gzipped(header("a", "0", octal(0)), header("a/b", "0", octal(0))), /ENOTDIR|EEXIST/);
  });

  test.each([
    ["negative", pax("size=-1")],
    ["no number", pax("size=NaN")],
    ["larger than the archive", pax("size=99999999")],
  ])("when the size of a member is %s", async (_, before) => {
    await refused(gzipped(before, header("a", "0", octal(0)), header("b", "0", octal(0))), /./);
  });
});

test("of two members of one name the last is kept, as tar does, and nothing of the first", async () => {
  const content = (text: string) => [header("a", "0", octal(text.length)), Buffer.from(text.padEnd(512, "\0"))];
  await unpackArchive(gzipped(...content("first and longer"), ...content("last")), join(scratch, "twice"));
  expect(await readFile(join(scratch, "twice", "a"), "utf8")).toBe("last");
});

test("a function's archive whose members are one and the same bomb is refused at what Lambda takes", () => {
  const packed = deflateRawSync(Buffer.alloc(10_000_000));
  const entry = Buffer.alloc(47, "a");
  entry.fill(0, 0, 46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt16LE(1, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(30, 10);
  end.writeUInt32LE(30 + packed.length, 16);
  const archive = Buffer.concat([Buffer.alloc(30), packed, ...Array.from({ length: 30 }, () => entry), end]);
  expect(() => unzip(archive)).toThrow("larger than 262144000 bytes");
});

describe("an S3 URI", () => {
  test.each([
    "s3://arn:aws:s3::123456789012:accesspoint:evil.mrap/model.tar.gz",
    "s3://arn:aws:s3:eu-west-1:123456789012:accesspoint:evil/model.tar.gz",
    "s3://localhost:4566@bucket/key",
    "s3://169.254.169.254:80/latest",
    "s3://user:password@bucket/key",
    "s3://../key",
    "s3://./key",
    "s3://bucket?x=/key",
    "s3://bucket#x/key",
    "s3://bucket%2f..%2f/key",
    "s3://bucket\r\nHost: x/key",
    "s3:///key",
    "https://169.254.169.254/latest",
    "file:///etc/passwd",
    "S3://bucket/key",
  ])("%s names no bucket: nobody is asked", (uri) => {
    expect(() => parseS3Uri(uri)).toThrow("is not an S3 URI such as s3://bucket/key");
  });

  test("that looks like an address, or leads upwards, is a bucket and a key of the local endpoint, and no redirect of it is followed", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.headers.host === `127.0.0.1:${port}`} ${request.method} ${request.url?.split("?")[0]}`);
      response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const storage = ObjectStorage.at(`http://127.0.0.1:${port}`, "eu-west-1");
    try {
      for (const uri of ["s3://169.254.169.254/latest/meta-data", "s3://bucket/../../etc/passwd", "s3://bucket//etc/passwd"]) {
        await expect(storage.read(uri)).rejects.toThrow();
      }
    } finally {
      storage.close();
      server.close();
      server.closeAllConnections();
    }
    expect(new Set(asked)).toEqual(
      new Set(["true GET /169.254.169.254/latest/meta-data", "true GET /bucket/../../etc/passwd", "true GET /bucket//etc/passwd"]),
    );
  });

  test.each(["in/../../escape", "in/../..", "in/a/../../../b"])("whose objects include %s puts nothing outside of their folder", (key) => {
    expect(() => relativePath(key, "in/")).toThrow("would be written outside of its folder");
  });

  test("whose objects begin with slashes puts them inside", () => {
    expect(relativePath("in//etc/passwd", "in/")).toBe("etc/passwd");
  });
});
