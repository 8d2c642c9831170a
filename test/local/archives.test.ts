import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { describe, expect, test } from "vitest";
import { packFolder } from "../../local/archive/pack-folder";
import { unpackArchive } from "../../local/archive/unpack-archive";
import { scratchFolder } from "./support/scratch";

const scratch = scratchFolder();

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

async function folderOf(name: string, time: number): Promise<string> {
  const folder = join(scratch, name);
  await mkdir(join(folder, "deep"), { recursive: true });
  for (const [path, text] of [
    ["b.txt", "second"],
    ["a.txt", "first"],
    ["deep/run.sh", "#!"],
    ["empty", ""],
  ] as const) {
    await writeFile(join(folder, path), text);
    await utimes(join(folder, path), time, time);
  }
  await chmod(join(folder, "deep", "run.sh"), 0o700);
  return folder;
}

/** An archive of entries as an attacker would write them. */
async function archiveOf(...entries: { name: string; type?: "file" | "symlink" | "link"; linkname?: string }[]): Promise<Readable> {
  const archive = pack();
  for (const entry of entries) {
    archive.entry(entry, "");
  }
  archive.finalize();
  return Readable.from([gzipSync(await bytesOf(archive as unknown as Readable))]);
}

describe("a packed folder", () => {
  test("has the same bytes whenever its content is the same", async () => {
    const digests = [];
    for (const [name, time] of [
      ["one", 1_000],
      ["two", 2_000_000],
    ] as const) {
      digests.push(
        createHash("sha256")
          .update(await bytesOf(packFolder(await folderOf(name, time))))
          .digest("hex"),
      );
    }
    expect(digests[1]).toBe(digests[0]);
  });

  test("comes back with its files and their executable bits", async () => {
    const target = join(scratch, "back");
    await unpackArchive(packFolder(await folderOf("source", 5)), target);
    expect(await readFile(join(target, "a.txt"), "utf8")).toBe("first");
    expect(await readdir(target)).toEqual(["a.txt", "b.txt", "deep", "empty"]);
    const { mode } = await import("node:fs").then(({ statSync }) => statSync(join(target, "deep", "run.sh")));
    expect(mode & 0o777).toBe(0o755);
  });

  test("leaves links out", async () => {
    const folder = await folderOf("linked", 5);
    await symlink("/etc/passwd", join(folder, "link"));
    const target = join(scratch, "unlinked");
    await unpackArchive(packFolder(folder), target);
    expect(await readdir(target)).toEqual(["a.txt", "b.txt", "deep", "empty"]);
  });
});

describe("unpacking", () => {
  test.each(["../escape.txt", "deep/../../escape.txt", "/escape.txt"])("refuses the path %s", async (name) => {
    const target = join(scratch, "guarded");
    await expect(unpackArchive(await archiveOf({ name: "fine.txt" }, { name }), target)).rejects.toThrow(
      `the archive holds ${name}, which lies outside of the folder it is unpacked to`,
    );
    expect(await readdir(scratch)).not.toContain("escape.txt");
  });

  test.each(["symlink", "link"] as const)("refuses a %s", async (type) => {
    const archive = await archiveOf({ name: "model", type, linkname: "/etc/passwd" });
    await expect(unpackArchive(archive, join(scratch, "links"))).rejects.toThrow(`the archive holds model, which is a ${type}`);
  });

  test("refuses what is no archive", async () => {
    await expect(unpackArchive(Readable.from([Buffer.from("text")]), join(scratch, "text"))).rejects.toThrow("incorrect header check");
  });

  test("refuses an archive that is cut short", async () => {
    const whole = await bytesOf(packFolder(await folderOf("whole", 5)));
    const half = Readable.from([whole.subarray(0, whole.length / 2)]);
    await expect(unpackArchive(half, join(scratch, "half"))).rejects.toThrow();
  });
});
