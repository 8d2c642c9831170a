import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkContainer } from "../../../local/check/check-container";
import type { Limits, Outcome } from "../../../local/check/lines";
import { findTarget, type TargetOptions } from "../../../local/check/target";
import { ProcessRunner } from "../../../local/containers/process-runner";
import { PythonEnvironments } from "../../../local/containers/python-environments";
import { ProcessRegister } from "../../../local/state/process-register";
import { scratchFolder } from "../support/scratch";

const scratch = scratchFolder();
const tools = join(scratch, "tools");
mkdirSync(join(tools, "bin"), { recursive: true });
symlinkSync(
  execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim(),
  join(tools, "bin", "python"),
);

/** Long enough for a slow machine wherever a good container is judged; short where a bad one is waited for. */
const limits: Limits = {
  startupSeconds: 20,
  acceptMilliseconds: 60_000,
  pingMilliseconds: 15_000,
  answerSeconds: 20,
  drainSeconds: 15,
  trainSeconds: 20,
  settleSeconds: 10,
};

describe("a container that fulfils the contract", () => {
  it("holds every line that a process can be held to", async () => {
    const outcomes = await check("");
    expect(Object.fromEntries(outcomes.map(({ line, state }) => [line.id, state]))).toEqual({
      train: "pass",
      "train-failure": "pass",
      serve: "pass",
      accept: "pass",
      "ping-time": "pass",
      "ping-early": "pass",
      payloads: "pass",
      "bad-input": "pass",
      "unknown-route": "pass",
      "body-limit": "pass",
      oversize: "pass",
      sigterm: "pass",
      drain: "pass",
      "ping-truth": "pass",
      "non-root": "skip",
      "read-only": "skip",
    });
    expect(foundOf(outcomes, "train")).toMatch(/^exit code 0 after \d+\.\d s, saved scale\.json$/);
    expect(foundOf(outcomes, "train-failure")).toContain('exit code 1, "JSONDecodeError: ');
    expect(foundOf(outcomes, "bad-input")).toBe("malformed JSON: 400; media type application/x-slipway-check: 415");
    expect(foundOf(outcomes, "drain")).toBe("8 of 8 were answered");
  });
});

describe("a container with one fault fails its line and no other", () => {
  const faults: readonly { readonly fault: string; readonly line: string; readonly found: RegExp; readonly shorter?: Partial<Limits> }[] = [
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
      line: "train-failure",
      found: /^exit code 1, but nothing in \/opt\/ml\/output\/failure; last line: it printed nothing$/,
    },
    { fault: "failure-exit-0", line: "train-failure", found: /^exit code 0 for a job that trained nothing/ },
    { fault: "train-fails", line: "train", found: /^exit code 3: ValueError: cannot train$/ },
    { fault: "saves-nothing", line: "train", found: /^exit code 0, but \/opt\/ml\/model is empty$/ },
    { fault: "no-serve", line: "serve", found: /^it ended with exit code 1; last line: serve is not supported$/ },
    { fault: "never-answers", line: "payloads", found: /^sample\.json \(application\/json\): 500$/, shorter: { settleSeconds: 0.5 } },
    { fault: "small-bodies", line: "body-limit", found: /^sample\.json with 6 MiB of spaces: (413|ECONNRESET|EPIPE)$/ },
    { fault: "dies-of-size", line: "oversize", found: /^(ECONNRESET|EPIPE), then \/ping: ECONN(REFUSED|RESET)$/ },
  ];
  it.each(faults)("$fault", { timeout: 60_000 }, async ({ fault, line, found, shorter }) => {
    const outcomes = await check(fault, shorter);
    expect(wrongOf(outcomes).map((each) => each.line.id)).toEqual([line]);
    expect(foundOf(outcomes, line)).toMatch(found);
  });

  const advice: readonly (readonly [fault: string, line: string, found: string])[] = [
    ["any-route", "unknown-route", "GET /slipway-check/no-such-route: 200"],
    ["bad-input", "bad-input", "malformed JSON: 500; media type application/x-slipway-check: 415"],
  ];
  it.each(advice)("%s, which is advice", async (fault, line, found) => {
    const outcomes = await check(fault);
    expect(wrongOf(outcomes).map((each) => [each.line.id, each.state, each.found])).toEqual([[line, "note", found]]);
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
    expect(outcomes.filter(({ state }) => state !== "pass").map(({ line }) => line.id)).toEqual(["train", "non-root", "read-only"]);
  });

  it("covers what was not asked for", async () => {
    const ids = (await check("", {}, { parts: "train" })).map(({ line }) => line.id);
    expect(ids).toEqual(["train", "train-failure"]);
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

function check(fault: string, shorter: Partial<Limits> = {}, o: Given & { bare?: boolean } = {}): Promise<readonly Outcome[]> {
  return run(container(fault, o.bare), newWorkDir(), shorter, o);
}

interface Given extends TargetOptions {
  readonly parts?: "serve" | "train";
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string) => void;
}

async function run(folder: string, workDir: string, shorter: Partial<Limits>, o: Given): Promise<readonly Outcome[]> {
  return checkContainer({
    target: await findTarget(folder, scratch, o),
    runner: new ProcessRunner(new PythonEnvironments(tools, join(scratch, "cache")), new ProcessRegister(workDir)),
    workDir,
    limits: { ...limits, ...shorter },
    signal: o.signal ?? new AbortController().signal,
    ...(o.parts === undefined ? {} : { parts: o.parts }),
    onOutcome: () => undefined,
    onProgress: o.onProgress ?? (() => undefined),
  });
}

function newWorkDir(): string {
  return mkdtempSync(join(scratch, "work-"));
}

/** A folder that describes the container of the fixtures, with a fault. */
function container(fault: string, bare = false): string {
  const folder = mkdtempSync(join(scratch, "container-"));
  cpSync(join(__dirname, "fixtures", "container.py"), join(folder, "container.py"));
  const command = (verb: string): string[] => ["python", "-m", "container", verb];
  writeFileSync(
    join(folder, "slipway-image.json"),
    JSON.stringify({ pythonPath: ["."], serve: command("serve"), train: command("train"), environment: { FAULT: fault } }),
  );
  if (bare) return folder;
  writeFileSync(join(folder, "sample.json"), '{"x": 2}');
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "rows.txt"), "1\n2\n");
  return folder;
}

function wrongOf(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(({ state }) => state === "fail" || state === "note");
}

function foundOf(outcomes: readonly Outcome[], id: string): string | undefined {
  return outcomes.find(({ line }) => line.id === id)?.found;
}
