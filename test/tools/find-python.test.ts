import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { uvEnvironment } from "../../tools/python/ensure";
import { findPython } from "../../tools/python/find-python";
import { scratchFolder, script } from "./scratch";

const answers = (version: string) => `echo /opt/python/bin/python; echo ${version}`;

describe("Python", () => {
  it("is the first one on PATH that is new enough", async () => {
    const bin = scratchFolder();
    script(join(bin, "python3"), answers("3.9.18"));
    script(join(bin, "python3.12"), answers("3.12.4"));
    expect(await findPython({ PATH: bin })).toEqual({ path: "/opt/python/bin/python", version: "3.12.4" });
  });

  it("that is too old is named with its version", async () => {
    const bin = scratchFolder();
    const old = script(join(bin, "python3"), answers("3.9.18"));
    await expect(findPython({ PATH: bin })).rejects.toMatchObject({ code: "SLIP-5002", details: [`${old}: version 3.9.18 is too old`] });
  });

  it("without its venv module has a cure of its own", async () => {
    const bin = scratchFolder();
    const path = script(join(bin, "python3"), `echo "ModuleNotFoundError: No module named 'ensurepip'" >&2; exit 1`);
    await expect(findPython({ PATH: bin })).rejects.toMatchObject({
      details: [`${path}: ModuleNotFoundError: No module named 'ensurepip'`],
      cure: "Install Python's venv module (on Debian and Ubuntu: apt-get install python3-venv), then run again.",
    });
  });

  it("that is absent is said so, with how to get it", async () => {
    await expect(findPython({ PATH: scratchFolder() })).rejects.toMatchObject({
      code: "SLIP-5002",
      details: ["there is no python3 or python on PATH"],
      cure: expect.stringMatching(/^Install Python 3\.10 or newer \(.+\), then run again\.$/),
    });
  });
});

describe("uv", () => {
  it("gets the package index and certificates that pip was told of", () => {
    expect(uvEnvironment({ PIP_INDEX_URL: "https://index.example/simple", PIP_CERT: "/ca.pem" })).toMatchObject({
      UV_DEFAULT_INDEX: "https://index.example/simple",
      SSL_CERT_FILE: "/ca.pem",
    });
  });

  it("keeps its own settings where it has them", () => {
    const own = { UV_DEFAULT_INDEX: "https://own.example/simple", SSL_CERT_FILE: "/own.pem", UV_HTTP_TIMEOUT: "20" };
    expect(uvEnvironment({ ...own, PIP_INDEX_URL: "https://index.example/simple", PIP_CERT: "/ca.pem" })).toMatchObject(own);
  });
});
