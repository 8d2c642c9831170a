import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { invocationsOf, Prober } from "./support/prober";
import { killTree } from "./support/processes";
import { Project } from "./support/project";

const near = {
  code: "models/near",
  training: { instanceType: "ml.m5.large", maxRuntime: "10m", channels: { train: "models/near/data" } },
  realtime: { instanceType: "ml.m5.large" },
};

interface Outputs {
  readonly models: { readonly near: { readonly endpointName: string } };
}

describe("a model whose code is broken, on the real engine", () => {
  let aws: LocalAws;
  let project: Project;

  beforeAll(async () => {
    aws = await startLocalAws();
  });
  afterAll(() => aws?.stop());
  beforeEach(async () => {
    project = await Project.create(aws);
    project.declare({ near });
  });
  afterEach(async () => {
    await project.destroy();
    project.remove();
  });

  async function succeed(): Promise<void> {
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
  }

  async function ask(x: number): Promise<unknown> {
    const { models } = await project.outputs<Outputs>();
    const response = await fetchWhole(`${aws.endpointUrl}/endpoints/${models.near.endpointName}/invocations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ x }),
    });
    return response.json();
  }

  function edit(from: string, to: string): void {
    const code = project.read("models/near/model.py");
    expect(code).toContain(from);
    project.write("models/near/model.py", code.replace(from, to));
  }

  test("a training script that raises fails the update with its reason and log, the old endpoint serves on, and a mended script goes through", async () => {
    await succeed();
    const healthy = project.read("models/near/model.py");
    edit('row["label"]', 'row["lable"]');
    const failed = await project.up();
    expect(failed.exitCode).not.toBe(0);
    expect(failed.text).toContain("SLIP-2101");
    expect(failed.text).toContain("KeyError: 'lable'");
    expect(failed.text).toContain("model.py");
    expect(await ask(1)).toEqual({ label: "low", mean: 2 });

    const again = await project.up();
    expect(again.text).toContain("KeyError: 'lable'");
    expect(await ask(1)).toEqual({ label: "low", mean: 2 });

    project.write("models/near/model.py", healthy.replace("default=0.0", "default=1.0"));
    const mended = await project.up();
    expect(mended.text).not.toContain("SLIP-2101");
    expect(mended.exitCode, mended.text).toBe(0);
    expect(await ask(1)).toEqual({ label: "low", mean: 3 });
  });

  test("a model that fails to load fails the update with its reason and log, the old endpoint serves on, and a mended model goes through", async () => {
    await succeed();
    const prober = await Prober.start({ url: invocationsOf(aws, "platform-near"), question: { x: 1 }, right: [{ label: "low", mean: 2 }] });
    edit("self.means = json.loads(", 'raise RuntimeError("no means today")\n        self.means = json.loads(');
    const failed = await project.up();
    expect(failed.exitCode).not.toBe(0);
    // Which of the two sees it first: Pulumi's provider, when it looks while the endpoint is RollingBack, gives up without what the gate tells; see rolling-back.test.ts.
    if (!failed.text.includes("unexpected state 'RollingBack'")) {
      expect(failed.text).toContain("SLIP-4101");
      expect(failed.text).toContain("no means today");
    }
    const kept = (await project.resources()).filter(({ type }) => type === "aws:sagemaker/endpointConfiguration:EndpointConfiguration");
    expect(kept.length).toBeGreaterThan(1);

    edit('raise RuntimeError("no means today")\n        ', "");
    const mended = await project.up();
    expect(mended.exitCode, mended.text).toBe(0);
    await prober.expectAnswered();
  });

  test("a model that fails to load on its first deployment says why, each time anew, and a mended model goes through under the next number", async () => {
    edit("self.means = json.loads(", 'raise RuntimeError("no means today")\n        self.means = json.loads(');
    for (const endpoint of ["platform-near", "platform-near--2"]) {
      const failed = await project.up();
      expect(failed.exitCode).not.toBe(0);
      expect(failed.text).toContain(`${endpoint}) to be in service: unexpected state 'Failed'`);
      expect(failed.text).toContain("did not pass the ping health check");
      expect(failed.text).toContain("no means today");
    }
    edit('raise RuntimeError("no means today")\n        ', "");
    await succeed();
    expect((await project.outputs<Outputs>()).models.near.endpointName).toBe("platform-near--3");
    expect(await ask(1)).toEqual({ label: "low", mean: 2 });
    expect((await project.preview()).changes).toEqual([]);
    expect(await endpoints()).toEqual(["platform-near--3"]);
  });

  test("an engine killed while it trains for the first time, and again while it makes the endpoint, loses nothing: the next update finishes the work", async () => {
    edit("        rows: dict", "        import time\n\n        time.sleep(4)\n        rows: dict");
    const training = project.start();
    let seen = "";
    training.stdout?.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    while (!seen.includes("aws:sagemaker/trainingJob:TrainingJob")) await sleep(50);
    await sleep(500);
    killTree(training.pid ?? 0);
    await project.recover();
    const serving = project.start();
    await expect.poll(endpoints, { timeout: 120_000 }).toEqual(["platform-near"]);
    killTree(serving.pid ?? 0);
    await project.recover();
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    expect(await ask(1)).toEqual({ label: "low", mean: 2 });
    expect((await project.preview()).changes).toEqual([]);
    expect(await endpoints()).toEqual(["platform-near"]);
  });

  async function endpoints(): Promise<string[]> {
    const status = (await (await fetchWhole(`${aws.endpointUrl}/_slipway/status`)).json()) as { endpoints: { name: string }[] };
    return status.endpoints.map(({ name }) => name);
  }
});
