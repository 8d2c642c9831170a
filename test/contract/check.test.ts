import { expect, test } from "vitest";
import { packageRoot } from "../../tools/package-root";
import { slipway } from "../cli/command";

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
