import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Limits } from "../../../local/check/lines";
import { check, container, foundOf, newWorkDir, run, scratch, wrongOf } from "./checked";

describe("a container that fulfils the contract", () => {
  it("holds every line that a process can be held to", async () => {
    const outcomes = await check("");
    expect(Object.fromEntries(outcomes.map(({ line, state }) => [line.id, state]))).toEqual({
      train: "pass",
      "train-failure": "pass",
      "train-stop": "skip",
      serve: "pass",
      accept: "pass",
      "ping-time": "pass",
      "ping-early": "pass",
      payloads: "pass",
      "bad-input": "pass",
      "unknown-route": "pass",
      "body-limit": "pass",
      oversize: "pass",
      chunked: "pass",
      "ping-busy": "pass",
      "slow-clients": "pass",
      "cut-off": "pass",
      sigterm: "pass",
      drain: "pass",
      "model-write": "pass",
      "ping-truth": "pass",
      "non-root": "skip",
      "read-only": "skip",
    });
    expect(foundOf(outcomes, "train")).toMatch(/^exit code 0 after \d+\.\d s, saved scale\.json$/);
    expect(foundOf(outcomes, "train-failure")).toMatch(/^with broken configuration files: exit code 1, "JSONDecodeError: /);
    expect(foundOf(outcomes, "body-limit")).toMatch(/^sample\.json filled up to 6291456 bytes: 200 in \d+ ms$/);
    expect(foundOf(outcomes, "chunked")).toBe("sample.json in chunks: 200, with a Content-Length: 200");
    expect(foundOf(outcomes, "non-root")).toBe("not checked: needs Docker");
    expect(foundOf(outcomes, "bad-input")).toBe("malformed JSON: 400; unknown media type: 415");
    expect(foundOf(outcomes, "drain")).toBe("8 of 8 were answered");
  });
});

describe("a container with one fault fails its line and no other", () => {
  const faults: readonly {
    readonly fault: string;
    readonly line: string;
    readonly found: RegExp;
    readonly shorter?: Partial<Limits>;
    readonly parts?: "train";
  }[] = [
    {
      fault: "ping-early",
      line: "ping-early",
      found: /^\/ping said 200, the next request got 503; requests are answered since \d+\.\d s later$/,
    },
    { fault: "ping-static", line: "ping-truth", found: /^with random bytes for model files \/ping is 200, and a request got 500$/ },
    { fault: "ping-slow", line: "ping-time", found: /^the slowest took 1\d{3} ms$/, shorter: { pingMilliseconds: 900 } },
    { fault: "ignores-sigterm", line: "sigterm", found: /^it was still there after 2 s, and was killed$/, shorter: { drainSeconds: 2 } },
    { fault: "drops", line: "drain", found: /^8 of 8 were lost \(ECONNRESET\)$/ },
    {
      fault: "no-failure-file",
      parts: "train",
      line: "train-failure",
      found: /^with broken configuration files: exit code 1, but nothing in \/opt\/ml\/output\/failure; last line: it printed nothing$/,
    },
    {
      fault: "failure-exit-0",
      parts: "train",
      line: "train-failure",
      found: /^with broken configuration files: exit code 0 for a job that saved nothing \(a good one saves scale\.json\)$/,
    },
    { fault: "train-fails", parts: "train", line: "train", found: /^exit code 3: ValueError: cannot train$/ },
    { fault: "saves-nothing", parts: "train", line: "train", found: /^exit code 0 after \d+\.\d s, but \/opt\/ml\/model is empty$/ },
    { fault: "no-serve", line: "serve", found: /^it ended with exit code 1; last line: serve is not supported$/ },
    { fault: "never-answers", line: "payloads", found: /^sample\.json \(application\/json\): 500$/, shorter: { settleSeconds: 0.5 } },
    { fault: "small-bodies", line: "body-limit", found: /^sample\.json filled up to 6291456 bytes: (413|ECONNRESET|EPIPE)$/ },
    { fault: "dies-of-size", line: "oversize", found: /^(ECONNRESET|EPIPE), then \/ping: ECONN(REFUSED|RESET)$/ },
    {
      fault: "ping-waits",
      line: "ping-busy",
      found: /^no answer within 1\.8 s with 8 requests under way$/,
      shorter: { pingMilliseconds: 900 },
    },
    {
      fault: "dies-of-cut",
      line: "cut-off",
      found: /^16 bodies cut off, then \/ping: .*, and a request: ECONN(REFUSED|RESET)$/,
    },
  ];
  it.each(faults)("$fault", { timeout: 240_000 }, async ({ fault, line, found, shorter, parts }) => {
    const outcomes = await check(fault, shorter, { parts: parts ?? "serve" });
    expect(wrongOf(outcomes).map((each) => each.line.id)).toEqual([line]);
    expect(foundOf(outcomes, line)).toMatch(found);
  });

  const advice: readonly {
    readonly fault: string;
    readonly line: string;
    readonly found: RegExp;
    readonly shorter?: Partial<Limits>;
    readonly parts?: "train";
  }[] = [
    { fault: "any-route", line: "unknown-route", found: /^GET \/slipway-check\/no-such-route: 200$/ },
    { fault: "bad-input", line: "bad-input", found: /^malformed JSON: 500; unknown media type: 415$/ },
    {
      fault: "listens-late",
      line: "accept",
      found: /^the first answer came \d{4,} ms after the start$/,
      shorter: { acceptMilliseconds: 900 },
    },
    { fault: "no-chunks", line: "chunked", found: /^sample\.json in chunks: 411, with a Content-Length: 200$/ },
    {
      fault: "waits-for-heads",
      line: "slow-clients",
      found: /^no answer within 1\.8 s beside 32 slow clients$/,
      shorter: { pingMilliseconds: 900 },
    },
    { fault: "writes-model", line: "model-write", found: /^it wrote or removed requests\.log$/ },
    {
      fault: "ignores-stop",
      line: "train-stop",
      found: /^it was still there 2 s after SIGTERM, and was killed \(SageMaker would wait 120 s\)$/,
      shorter: { stopSeconds: 2 },
      parts: "train",
    },
  ];
  it.each(advice)("$fault, which is advice", { timeout: 240_000 }, async ({ fault, line, found, shorter, parts }) => {
    const outcomes = await check(fault, shorter, { parts: parts ?? "serve" });
    expect(wrongOf(outcomes).map((each) => [each.line.id, each.state])).toEqual([[line, "note"]]);
    expect(foundOf(outcomes, line)).toMatch(found);
  });

  it("serves-always, which takes no notice of its argument", { timeout: 240_000 }, async () => {
    const outcomes = await check("serves-always", { trainSeconds: 3 }, { parts: "train" });
    expect(outcomes.map(({ line, state, found }) => [line.id, state, found])).toEqual([
      ["train", "fail", "it still ran after 3 s, and was killed"],
      ["train-failure", "fail", "with broken configuration files it still ran after 3 s, and was killed"],
      ["train-stop", "skip", "no job trains that could be stopped"],
    ]);
  });
});

describe("what cannot be tried", () => {
  it("is skipped with what to give, when there are no data, no model and no sample", async () => {
    const outcomes = await check("", {}, { bare: true });
    const skips = Object.fromEntries(outcomes.filter(({ state }) => state === "skip").map(({ line, found }) => [line.id, found]));
    expect(skips.train).toBe("no training data: give --data DIR");
    expect(outcomes.find(({ line }) => line.id === "train-failure")?.state).toBe("pass");
    expect(foundOf(outcomes, "serve")).toMatch(/^it ended with exit code 1/);
    expect(skips.payloads).toBe("it does not serve");
  });

  it("is fewer with a model.tar.gz and a sample that were given", async () => {
    const folder = container("", true);
    writeFileSync(join(scratch, "scale.json"), "3");
    writeFileSync(join(scratch, "sample.json"), '{"x": 2}');
    execFileSync("tar", ["-czf", join(scratch, "model.tar.gz"), "-C", scratch, "scale.json"]);
    const outcomes = await run(folder, newWorkDir(), {}, { model: "model.tar.gz", sample: "sample.json" });
    expect(outcomes.filter(({ state }) => state !== "pass").map(({ line }) => line.id)).toEqual([
      "train",
      "train-stop",
      "non-root",
      "read-only",
    ]);
  });

  it("covers what was not asked for", async () => {
    const ids = (await check("", {}, { parts: "train" })).map(({ line }) => line.id);
    expect(ids).toEqual(["train", "train-failure", "train-stop"]);
  });
});

describe("after a check", () => {
  it("that was aborted, no process is left", async () => {
    const abort = new AbortController();
    const folder = container("ignores-sigterm");
    const workDir = newWorkDir();
    const onProgress = (what: string): void => {
      if (what === "large bodies") abort.abort(new Error("interrupted"));
    };
    const checking = run(folder, workDir, {}, { signal: abort.signal, onProgress });
    await expect(checking).rejects.toThrow("interrupted");
    expect(JSON.parse(readFileSync(join(workDir, "processes.json"), "utf8"))).toEqual([]);
  });
});
