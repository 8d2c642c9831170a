import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Checkout } from "./support/checkout";

const service = "models/iris/service.ts";
const requirements = "models/iris/requirements.txt";

/** One checkout for all: each test spoils something in it, and mends it again. */
describe("what is wrong is told once, with its cure, and the next start works", () => {
  let checkout: Checkout;

  beforeAll(async () => {
    checkout = await Checkout.create();
  });
  afterAll(() => checkout?.remove());

  async function expectGoodStart(): Promise<void> {
    const { exitCode, error } = await checkout.up();
    expect([exitCode, error]).toEqual([0, null]);
    expect(await checkout.category()).toBe("Iris-setosa");
  }

  test("a declaration with unknown, missing and contradicting arguments and no model.py: all faults at once, and nothing of it is created", async () => {
    const before = checkout.copy.read(service);
    checkout.copy.write("models/empty/notes.txt", "no model here\n");
    checkout.copy.edit(service, (text) =>
      text
        .replace('code: "models/iris"', 'code: "models/empty",\n    traning: {},\n    serverless: { memory: 2048 }')
        .replace('training: { instanceType: "ml.m5.large", ', "training: { ")
        .replace("{ min: 1, max: 4 }", "{ min: 4, max: 1 }"),
    );
    const { exitCode, error } = await checkout.up();
    expect([exitCode, error?.code]).toEqual([1, "SLIP-1001"]);
    expect(error?.message).toBe('ModelService "iris" has 8 faults; nothing of it was created');
    expect(error?.location).toEqual({ file: join(checkout.copy.root, service), line: 5 });
    const allowed = /allowed are platform, code, .*, training, .*, realtime, /;
    expect(error?.details).toEqual([
      expect.stringMatching(new RegExp(`^traning: is not an argument; did you mean training\\? \\(${allowed.source}`)),
      `code: got "models/empty"; the folder has no model.py and no inference.py (it has notes.txt); add a model.py with a class that has predict(), or an inference.py with SageMaker's functions (model_fn, predict_fn)`,
      "training.instanceType: is missing; it is required",
      "serverless.memory: is not an argument; allowed are memorySizeInMb, maxConcurrency, provisionedConcurrency, provisionedScaling",
      "serverless.memorySizeInMb: is missing; it is required",
      "serverless.maxConcurrency: is missing; it is required",
      'serverless: got {"memory":2048} together with realtime; a model is served in one way: remove all of realtime, serverless but one',
      "realtime.instances.max: got 1; it must be at least instances.min, 4",
    ]);
    expect(error?.cure).toBe(
      "Each line names the property, what was given and what is allowed; correct them and run again. Nothing of what has faults was created.",
    );
    expect(checkout.resources().filter((urn) => urn.includes("ModelService"))).toEqual([]);
    checkout.copy.write(service, before);
    await expectGoodStart();
  });

  test("a port that another program has: its holder is named, and a free port", async () => {
    const holder = createServer();
    await new Promise<void>((settle) => holder.listen(0, "127.0.0.1", settle));
    const address = holder.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { exitCode, error } = await checkout.up({ port });
    holder.close();
    expect([exitCode, error?.code]).toEqual([3, "SLIP-5001"]);
    expect(error?.message).toMatch(new RegExp(`^Port ${port} is in use by pid ${process.pid} \\(`));
    expect(error?.cure).toMatch(/^stop that program, or: slipway local up --port \d+$/);
    await expectGoodStart();
  });

  test("no Python: what is needed and how to get it, and what runs already goes on", async () => {
    const bin = mkdtempSync(join(tmpdir(), "slipway-no-python-"));
    symlinkSync(process.execPath, join(bin, "node"));
    const { exitCode, error } = await checkout.up({ env: { ...process.env, PATH: bin } });
    rmSync(bin, { recursive: true });
    expect([exitCode, error?.code, error?.message]).toEqual([
      3,
      "SLIP-5002",
      "No Python 3.10 or newer that can make virtual environments was found",
    ]);
    expect(error?.details).toEqual(["there is no python3 or python on PATH"]);
    expect(error?.cure).toMatch(/^Install Python 3\.10 or newer \(.+\), then run again\.$/);
    expect(await checkout.category()).toBe("Iris-setosa");
    await expectGoodStart();
  });

  test.each([
    ["that no index has", "slipway-has-no-such-package==9.0", /slipway-has-no-such-package was not found in the package registry/],
    ["that is not one", "joblib===>1", /no such comparison operator "===>"/],
  ])("a requirement %s: its line, the installer's own words, and the model before it serves on", async (_, line, words) => {
    const before = checkout.copy.read(requirements);
    checkout.copy.write(requirements, `${before.trimEnd()}\n${line}\n`);
    const { exitCode, error } = await checkout.up();
    expect([exitCode, error?.code, error?.message]).toEqual([
      1,
      "SLIP-5007",
      `kit/requirements.txt and ${requirements} cannot be installed`,
    ]);
    expect(error?.location).toEqual({ file: join(checkout.copy.root, requirements), line: before.trimEnd().split("\n").length + 1 });
    expect(error?.details.join("\n")).toMatch(words);
    expect(error?.details.join("\n")).not.toContain("context/code");
    expect(error?.cure).toBe("Correct the line named in the installer's own words shown, then run again.");
    expect(await checkout.category()).toBe("Iris-setosa");
    checkout.copy.write(requirements, before);
    await expectGoodStart();
  });
});
