import { describe, expect, test } from "vitest";
import { unzip } from "../../../local/functions/unzip";
import { zip } from "../../../local/provider/zip";

const member = (name: string, text: string) => ({ name, bytes: Buffer.from(text), mode: 0o644 });

/** An archive of one file that is not packed, as `zip -0` writes it, with an extra field and a comment. */
function stored(name: string, content: string, method = 0): Buffer {
  const [path, bytes] = [Buffer.from(name), Buffer.from(content)];
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(path.length, 26);
  local.writeUInt16LE(4, 28);
  const body = Buffer.concat([local, path, Buffer.alloc(4), bytes]);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(method, 10);
  entry.writeUInt32LE(bytes.length, 20);
  entry.writeUInt16LE(path.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(body.length, 16);
  end.writeUInt16LE(5, 20);
  return Buffer.concat([body, entry, path, end, Buffer.from("noted")]);
}
const textsOf = (archive: Buffer) => Object.fromEntries([...unzip(archive)].map(([name, bytes]) => [name, bytes.toString()]));

describe("the files of a function's archive", () => {
  test("are those that were packed, by their paths, folders left out", () => {
    const archive = zip([member("index.js", "exports.handler = 1"), member("lib/größe.js", "ä".repeat(1000)), member("lib/", "")]);
    expect(textsOf(archive)).toEqual({ "index.js": "exports.handler = 1", "lib/größe.js": "ä".repeat(1000) });
  });

  test("may be stored as they are", () => {
    expect(textsOf(stored("index.js", "exports.handler = 1"))).toEqual({ "index.js": "exports.handler = 1" });
  });

  test("are none in an empty archive", () => {
    expect(textsOf(zip([]))).toEqual({});
  });

  test.each([
    ["no archive", Buffer.from("exports.handler = 1"), "this is no ZIP archive"],
    ["a way of packing that is not known", stored("index.js", "x", 12), "index.js is packed in a way that is not known here (12)"],
  ])("are refused with %s", (_, archive, message) => {
    expect(() => unzip(archive)).toThrow(message);
  });

  test("are refused when their directory is damaged", () => {
    const archive = zip([member("index.js", "x")]);
    archive.writeUInt32LE(0, archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02])));
    expect(() => unzip(archive)).toThrow("the ZIP archive is damaged");
  });
});
