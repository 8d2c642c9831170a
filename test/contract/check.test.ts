import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, test } from "vitest";
import { lines } from "../../local/check/lines";
import { packageRoot } from "../../tools/package-root";
import { type CommandEnd, slipway } from "../cli/command";

const scratch = mkdtempSync(join(tmpdir(), "slipway-check-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Answer {
  readonly status: string;
  readonly data: {
    readonly ok: boolean;
    readonly failed: number;
    readonly checks: readonly { readonly id: string; readonly state: string }[];
  };
}

test("the Iris example on the container kit fulfils the SageMaker contract, as slipway check says", async () => {
  const { exitCode, stdout, stderr } = await slipway(packageRoot(), ["check", "models/iris", "--runner", "process", "--json"]);
  const { status, data } = JSON.parse(stdout) as Answer;
  // A busy machine may start Python later than advised; nothing else depends on time.
  const states = data.checks.filter(({ id }) => id !== "accept").map(({ id, state }) => `${id} ${state}`);
  const problems = data.checks.filter(({ state }) => state === "fail" || state === "note").filter(({ id }) => id !== "accept");
  expect(problems).toEqual([]);
  expect([exitCode, stderr, status, data.ok, data.failed]).toEqual([0, "", "ok", true, 0]);
  expect(states).toEqual([
    "train pass",
    "train-failure pass",
    expect.stringMatching(/^train-stop (pass|skip)$/),
    "serve pass",
    "ping-time pass",
    "ping-early pass",
    "payloads pass",
    "bad-input pass",
    "unknown-route pass",
    "body-limit pass",
    "chunked pass",
    "oversize pass",
    "ping-busy pass",
    "slow-clients pass",
    "cut-off pass",
    "sigterm pass",
    "drain pass",
    "model-write pass",
    "ping-truth pass",
    "non-root skip",
    "read-only skip",
  ]);
});

describe("the exit code and the one JSON document", () => {
  it("are 0, and every line with its id, what was found and why it matters", async () => {
    const { exitCode, stdout } = await serving("bad-input");
    const document = JSON.parse(stdout) as Record<string, unknown> & Answer;
    expect(Object.keys(document).sort()).toEqual(["command", "data", "error", "schemaVersion", "status", "warnings"]);
    const { checks, ...sums } = document.data;
    const skipped = checks.filter(({ state }) => state === "skip").map(({ id }) => id);
    const notes = checks.filter(({ state, id }) => state === "note" && id !== "accept");
    expect([exitCode, document.command, document.status, document.error]).toEqual([0, "check", "ok", null]);
    expect(sums).toMatchObject({ runner: "process", ok: true, failed: 0, skipped: 2 });
    expect(skipped).toEqual(["non-root", "read-only"]);
    expect(notes).toEqual([
      {
        id: "bad-input",
        title: lines.badInput.title,
        state: "note",
        found: "malformed JSON: 500; unknown media type: 415",
        why: lines.badInput.why,
        advised: true,
      },
    ]);
  });

  it("are 1 when advice is not followed with --strict", async () => {
    const { exitCode, stdout } = await serving("bad-input", "--strict");
    expect([exitCode, (JSON.parse(stdout) as Answer).data.ok]).toEqual([1, false]);
  });

  it("are 1 when a line fails", async () => {
    const { exitCode, stdout } = await serving("no-serve");
    const { data } = JSON.parse(stdout) as Answer;
    expect([exitCode, data.ok, data.failed]).toEqual([1, false, 1]);
    expect(data.checks.find(({ id }) => id === "serve")).toMatchObject({
      state: "fail",
      found: "it ended with exit code 1; last line: serve is not supported",
    });
  });

  it("are 2 for bad usage", async () => {
    const { exitCode, stdout } = await serving("", "--only", "both");
    const document = JSON.parse(stdout) as { data: unknown; error: { message: string } };
    expect([exitCode, document.data, document.error.message]).toEqual([2, null, `--only does not know "both"`]);
  });
});

/** Checks how the container of the unit tests' fixture serves, with a fault, as the command does. */
function serving(fault: string, ...options: readonly string[]): Promise<CommandEnd> {
  const folder = mkdtempSync(join(scratch, "container-"));
  cpSync(join(packageRoot(), "test/local/check/fixtures/container.py"), join(folder, "container.py"));
  const serve = ["python", "-m", "container", "serve"];
  writeFileSync(join(folder, "slipway-image.json"), JSON.stringify({ pythonPath: ["."], serve, environment: { FAULT: fault } }));
  writeFileSync(join(folder, "sample.json"), '{"x": 2}');
  mkdirSync(join(folder, "model"));
  writeFileSync(join(folder, "model", "scale.json"), "3");
  const given = options.includes("--only") ? [] : ["--only", "serve"];
  return slipway(scratch, ["check", folder, "--runner", "process", "--model", join(folder, "model"), ...given, ...options, "--json"]);
}
