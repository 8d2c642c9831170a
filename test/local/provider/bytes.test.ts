import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytesOf } from "../../../local/provider/bytes";
import { Archive, Asset } from "../../../local/provider/values";

const unzip =
  "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2]); print([(i.filename, oct(i.external_attr >> 16)) for i in zipfile.ZipFile(sys.argv[1]).infolist()])";

describe("the bytes of assets and archives", () => {
  let folder: string;
  const absolute = (path: string) => Promise.resolve(resolve(folder, path));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-bytes-"));
    mkdirSync(join(folder, "code", "lib"), { recursive: true });
    writeFileSync(join(folder, "code", "index.js"), "one");
    writeFileSync(join(folder, "code", "lib", "run.sh"), "two");
    chmodSync(join(folder, "code", "lib", "run.sh"), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("are a file's, a text's, also when it is empty", async () => {
    expect((await bytesOf(new Asset({ hash: "", path: "code/index.js" }), absolute)).toString()).toBe("one");
    expect((await bytesOf(new Asset({ hash: "", text: "hello" }), absolute)).toString()).toBe("hello");
    expect(await bytesOf(new Asset({ hash: "", text: "" }), absolute)).toHaveLength(0);
    expect((await bytesOf(new Asset({ hash: "", uri: `file://${folder}/code/index.js` }), absolute)).toString()).toBe("one");
  });

  it("are a zip of a folder and of a map of assets, which any unzip reads", async () => {
    const archive = new Archive({
      hash: "",
      assets: { "äpfel.txt": new Asset({ hash: "", text: "Äpfel" }), code: new Archive({ hash: "", path: "code" }) },
    });
    const file = join(folder, "out.zip");
    writeFileSync(file, await bytesOf(archive, absolute));
    const listing = execFileSync("python3", ["-c", unzip, file, join(folder, "out")]).toString();
    expect(listing.trim()).toBe("[('code/index.js', '0o100644'), ('code/lib/run.sh', '0o100755'), ('äpfel.txt', '0o100644')]");
    expect(readFileSync(join(folder, "out", "äpfel.txt"), "utf8")).toBe("Äpfel");
    expect(readFileSync(join(folder, "out", "code", "lib", "run.sh"), "utf8")).toBe("two");
  });

  it("are the same for the same files, whenever they were written", async () => {
    const archive = new Archive({ hash: "", path: "code" });
    const first = await bytesOf(archive, absolute);
    writeFileSync(join(folder, "code", "index.js"), "one");
    expect(statSync(join(folder, "code", "index.js")).isFile()).toBe(true);
    expect((await bytesOf(archive, absolute)).equals(first)).toBe(true);
  });

  it("are an archive file's own", async () => {
    writeFileSync(join(folder, "model.tar.gz"), "packed");
    expect((await bytesOf(new Archive({ hash: "", path: "model.tar.gz" }), absolute)).toString()).toBe("packed");
  });

  it("that are not there are missed by name", async () => {
    await expect(bytesOf(new Asset({ hash: "", path: "nowhere.txt" }), absolute)).rejects.toThrow(
      `the file nowhere.txt is not there: looked for ${join(folder, "nowhere.txt")}`,
    );
  });
});
