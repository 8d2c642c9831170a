import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../tools/package-root";
import {
  baseFaults,
  goFaults,
  installFaults,
  manifestFaults,
  type NpmLock,
  type NpmManifest,
  npmLockFaults,
  pinnedRequirements,
  requirementsFaults,
  workflowFaults,
} from "../../tools/supply-chain/pins";

const read = (path: string) => readFileSync(join(packageRoot(), path), "utf8");
const listed = (folder: string, pattern: RegExp) => readdirSync(join(packageRoot(), folder)).filter((name) => pattern.test(name));
const hash = "a".repeat(64);

describe("what npm installs", () => {
  const manifest = JSON.parse(read("package.json")) as NpmManifest;
  const lock = JSON.parse(read("package-lock.json")) as NpmLock;

  it("is asked for by exact versions, and locked to its bytes, from no named place", () => {
    expect(manifestFaults(manifest)).toEqual([]);
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
    expect(npmLockFaults(lock)).toEqual([]);
  });

  it("would be refused by a range, without its bytes or with weak ones, or from a place of its own", () => {
    expect(manifestFaults({ dependencies: { a: "^1.0.0" }, devDependencies: { b: "latest", c: "1.0.0-rc.1" } })).toEqual([
      'a: "^1.0.0" is not one exact version',
      'b: "latest" is not one exact version',
    ]);
    const integrity = `sha512-${"a".repeat(86)}==`;
    expect(
      npmLockFaults({
        packages: { "": {}, a: { integrity }, b: {}, c: { integrity: "sha1-abc=" }, d: { integrity, resolved: "git+ssh://d" } },
      }),
    ).toEqual([
      'b: integrity is "", not a SHA-512',
      'c: integrity is "sha1-abc=", not a SHA-512',
      "d: is resolved to git+ssh://d; write the lock with omit-lockfile-registry-resolved",
    ]);
  });
});

describe("what pip installs", () => {
  const own = ["container/requirements.txt", ...listed("tools/python", /\.txt$/).map((name) => `tools/python/${name}`)];

  it("has files for the kit, the local services, development, checkov, the audit and uv", () => {
    expect(own).toHaveLength(6);
  });

  it.each(own)("is pinned and hashed in %s", (path) => {
    expect(requirementsFaults(read(path))).toEqual([]);
    expect(pinnedRequirements(read(path)).length).toBeGreaterThan(0);
  });

  it("would be refused without a version, without its bytes, or from a place of its own", () => {
    const text = `# a comment\nok==1.0 ; python_version < '3.11' \\\n    --hash=sha256:${hash}\n    # via other\nloose>=1 \\\n    --hash=sha256:${hash}\nbare==1\n--index-url elsewhere\ngit==1 --hash=md5:abc\n`;
    expect(requirementsFaults(text)).toEqual([
      '"loose>=1" is not a package by one exact version',
      '"bare==1" has no --hash=sha256:',
      '"--index-url elsewhere" is not a package by one exact version',
      '"git==1 --hash=md5:abc" has no --hash=sha256:',
    ]);
    expect(requirementsFaults("")).toEqual(["names no package"]);
    expect(pinnedRequirements(text)[0]).toEqual({ name: "ok", version: "1.0", hashes: [hash] });
  });
});

describe("what Go builds", () => {
  it.each(["tools/pulumi/engine", "tools/pulumi/hosts", "tools/workflows"])("has its checksums in %s", (folder) => {
    expect(goFaults(read(`${folder}/go.mod`), read(`${folder}/go.sum`))).toEqual([]);
  });

  it("would be refused without a checksum, or replaced", () => {
    const mod = "module m\n\nrequire a.b/c v1.0.0\n\nrequire (\n\td.e/f v2.0.0 // indirect\n)\n\nreplace d.e/f => ../f\n";
    const sum = (name: string) => `${name} h1:${"a".repeat(43)}=\n`;
    const whole = ["a.b/c v1.0.0", "a.b/c v1.0.0/go.mod", "d.e/f v2.0.0/go.mod"].map(sum).join("");
    expect(goFaults(mod, whole)).toEqual(["d.e/f: is replaced", "d.e/f v2.0.0: go.sum has no checksum of it"]);
    expect(goFaults("module m\n", "")).toEqual(["requires no module"]);
  });
});

describe("what images are made of", () => {
  it.each(["container/Dockerfile", "models/summarise/Dockerfile", "cli/templates/fastapi/Dockerfile"])(
    "has its base by digest in %s",
    (path) => {
      expect(baseFaults(read(path))).toEqual([]);
    },
  );

  it("is the same base in every Dockerfile, so that moving it means one digest", () => {
    const bases = ["container/Dockerfile", "models/summarise/Dockerfile", "cli/templates/fastapi/Dockerfile"].map(
      (path) => /^ARG BASE_IMAGE=(\S+)$/m.exec(read(path))?.[1],
    );
    expect(new Set(bases).size).toBe(1);
  });

  it("has the kit's packages by their bytes", () => {
    expect(installFaults(read("container/Dockerfile"))).toEqual([]);
  });

  it("would be refused from a base by tag, or with packages without bytes", () => {
    const text = `ARG BASE=python:3.11\nARG OK=python@sha256:${hash}\nFROM \${BASE} AS base\nFROM --platform=linux/amd64 $OK\nFROM base\nRUN pip install \\\n # why\n -r /build/kit/requirements.txt && pip install -r /build/code/requirements.txt\n`;
    expect(baseFaults(text)).toEqual(['the base "python:3.11" is not by digest']);
    expect(installFaults(text)).toEqual(['"pip install   -r /build/kit/requirements.txt" asks for no hashes']);
    expect(baseFaults("RUN true\n")).toEqual(["has no FROM"]);
  });
});

describe("what the workflows run", () => {
  it.each(listed(".github/workflows", /\.ya?ml$/))("is by commit in %s", (name) => {
    expect(read(`.github/workflows/${name}`)).toContain("uses: ");
    expect(workflowFaults(read(`.github/workflows/${name}`))).toEqual([]);
  });

  it("would be refused by a tag or a branch, or by a commit that does not say its version", () => {
    const commit = "1".repeat(40);
    const text = `- uses: a/b@v4\n  - uses: a/b@${commit} # v4.1.0\n  uses: a/b/c@main # v1\n- uses: ./own\n- uses: a/b@${commit}\n`;
    expect(workflowFaults(text)).toEqual(
      ["a/b@v4", "a/b/c@main # v1", `a/b@${commit}`].map((used) => `"${used}" is not by commit, with its version in a comment`),
    );
  });
});
