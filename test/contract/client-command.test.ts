import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../../cli/program";
import { statePaths } from "../../cli/project/state-dir";
import { projectFolder } from "../cli/command";
import { bucket, region, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

let platform: StartedPlatform;
const gates = new Gates();
const folder = projectFolder();

beforeAll(async () => {
  platform = await startPlatform();
  const image = (await platform.build("runtime")).uri;
  const OutputConfig = { S3OutputPath: `s3://${bucket}/out`, S3FailurePath: `s3://${bucket}/failed` };
  await serveRuntimeModel(platform.sagemaker, { name: "later", image, gates, more: { AsyncInferenceConfig: { OutputConfig } } });
  await serveRuntimeModel(platform.sagemaker, { name: "now", image, gates });
  const later = { endpointName: "later", kind: "async", region, inputLocation: `s3://${bucket}/in` };
  const outputs = { models: { now: { endpointName: "now", kind: "realtime", region }, later } };
  const { stackState } = statePaths(platform.stateDir, "slipway");
  mkdirSync(dirname(stackState), { recursive: true });
  writeFileSync(stackState, JSON.stringify({ checkpoint: { latest: { resources: [{ type: "pulumi:pulumi:Stack", outputs }] } } }));
});
afterAll(async () => {
  await platform.stop();
  gates.remove();
});

describe("slipway invoke", () => {
  test("shows the parts of a streamed answer as they come", async () => {
    const run = start(["now", '{"do":"stream","parts":["one ","two"],"gate":"shown"}', "--stream"]);
    await expect.poll(run.stdout, { timeout: 60_000 }).toBe("one ");
    gates.open("shown-1");
    expect([await run.ended, run.stdout()]).toEqual([0, "one two\n"]);
    expect(run.stderr()).toMatch(/^now {2}200 {2}\d+ ms/);
  });

  test("writes an answer, or the parts of one, into a file", async () => {
    const path = join(folder, "answer.bin");
    const streamed = start(["now", '{"do":"bytes","bytes":300000}', "--stream", "-o", "answer.bin", "--json"]);
    expect([await streamed.ended, readFileSync(path).length]).toEqual([0, 300_000]);
    expect(JSON.parse(streamed.stdout()).data).toMatchObject({ model: "now", bytes: 300_000 });
  });

  test("waits for an asynchronous model and prints its answer alone", async () => {
    const run = start(["later", '{"do":"size","bytes":5}', "--json"]);
    expect([await run.ended, JSON.parse(run.stdout()).data]).toMatchObject([0, { model: "later", answer: { do: "size", bytes: 5 } }]);
  });

  test("tells the failure of an asynchronous request in the model's words", async () => {
    const run = start(["later", '{"do":"status","code":500,"text":"no capacity"}']);
    expect([await run.ended, run.stdout()]).toEqual([1, ""]);
    expect(run.stderr()).toContain("no capacity");
    expect(run.stderr()).toContain("SLIP-4102");
  });

  test("that is interrupted while it waits leaves the request at work, and says where its result will be", async () => {
    const run = start(["later", '{"do":"hold","gate":"interrupted"}']);
    await gates.reached("interrupted");
    run.interrupt();
    expect(await run.ended).toBe(130);
    const [, inferenceId = ""] = /^The request goes on: inference ID (\S+)$/m.exec(run.stderr()) ?? [];
    expect(run.stderr()).toContain(`result   s3://${bucket}/out/${inferenceId}.out`);
    expect(run.stderr()).toContain(`failure  s3://${bucket}/failed/${inferenceId}-error.out`);
    gates.open("interrupted");
  });

  test("that has waited for as long as it was told says that the request goes on", async () => {
    const run = start(["later", '{"do":"hold","gate":"late"}', "--timeout", "0.5"]);
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toContain("SLIP-4106");
    gates.open("late");
  });
});

/** A command line under way in this process, as in a pipe. */
function start(words: readonly string[]) {
  const output = { stdout: "", stderr: "" };
  const sink = (name: keyof typeof output) =>
    new Writable({
      write(chunk: Buffer, _, done) {
        output[name] += chunk.toString();
        done();
      },
    });
  let interrupt = () => {};
  const ended = runProgram(["invoke", ...words, "--state", platform.stateDir], {
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    stdin: new PassThrough(),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: "C.UTF-8" },
    cwd: folder,
    onInterrupt: (listener) => {
      interrupt = listener;
    },
  });
  return { ended, stdout: () => output.stdout, stderr: () => output.stderr, interrupt: () => interrupt() };
}
