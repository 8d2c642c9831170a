import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateModelCommand } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../local/containers/free-port";
import { slipway } from "../cli/command";
import { accepts, buildDaemon } from "./support/daemon-process";
import { clientsOf, region, role } from "./support/platform";

const folder = mkdtempSync(join(tmpdir(), "slipway-alone-"));
let port: number;

beforeAll(async () => {
  buildDaemon();
  port = await freePort();
});
afterAll(async () => {
  await slipway(folder, ["local", "down"]);
  rmSync(folder, { recursive: true, force: true });
});

const account = "210987654321";
const up = (...more: string[]) => ["local", "up", "--no-stack", "--port", String(port), "--runner", "process", "--region", region, ...more];

test("the endpoint is started alone in a folder that is no project, and says what clients need", async () => {
  const { exitCode, stdout, stderr } = await slipway(folder, up("--account", account));
  expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
  expect(stdout).toContain(`export AWS_ENDPOINT_URL=http://localhost:${port}`);
  expect(stdout).toContain(`aws sagemaker list-endpoints --endpoint-url http://localhost:${port}`);
  expect(stdout).toContain(`boto3.client("sagemaker", endpoint_url="http://localhost:${port}", region_name="${region}")`);
  const { sagemaker } = clientsOf(`http://localhost:${port}`);
  const model = new CreateModelCommand({ ModelName: "m", ExecutionRoleArn: role, PrimaryContainer: { Image: "image" } });
  expect((await sagemaker.send(model)).ModelArn).toBe(`arn:aws:sagemaker:${region}:${account}:model/m`);
});

test("the folder stays with its account, and an account has 12 digits", async () => {
  const other = await slipway(folder, up("--account", "999999999999", "--json"));
  expect([other.exitCode, JSON.parse(other.stdout).error.code]).toEqual([2, "SLIP-5008"]);
  const short = await slipway(folder, up("--account", "12", "--json"));
  expect([short.exitCode, JSON.parse(short.stdout).error.code]).toEqual([2, "SLIP-5010"]);
  expect(await accepts(port)).toBe(true);
});

test("an alarm is put into a state, and an interruption that cannot be says why", async () => {
  const alarm = await slipway(folder, ["local", "alarm", "errors", "--to", "ALARM"]);
  expect([alarm.exitCode, alarm.stdout.trim()]).toEqual([0, "Alarm errors is in state ALARM."]);
  const wrong = await slipway(folder, ["local", "alarm", "errors", "--to", "RED", "--json"]);
  expect(JSON.parse(wrong.stdout).error).toMatchObject({
    code: "SLIP-5024",
    message: "state: got RED; allowed are ALARM, OK, INSUFFICIENT_DATA",
  });
  const interrupt = await slipway(folder, ["local", "interrupt", "nobody", "--json"]);
  expect([interrupt.exitCode, JSON.parse(interrupt.stdout).error]).toMatchObject([
    1,
    { code: "SLIP-5024", message: `there is no training job nobody in ${region}` },
  ]);
});

test("it is opened to other machines with a token, which is printed, and closed again by down and up", async () => {
  const opened = await slipway(folder, up("--account", account, "--host", "0.0.0.0"));
  const token = /^Token\s+(\S{16,})$/m.exec(opened.stdout)?.[1];
  expect([opened.exitCode, token]).toEqual([0, expect.any(String)]);
  const console = /^Console\s+(\S+)/m.exec(opened.stdout)?.[1] ?? "";
  expect(new URL(console).searchParams.get("token")).toBe(token);
  const entered = await fetch(console, { headers: { accept: "text/html" }, redirect: "manual" });
  expect([entered.status, entered.headers.get("location")]).toEqual([303, "/_slipway/"]);
  const same = await slipway(folder, up("--account", account, "--json"));
  expect(JSON.parse(same.stdout).data).toMatchObject({ host: "0.0.0.0", token });
  expect((await slipway(folder, ["local", "down"])).exitCode).toBe(0);
  expect(await accepts(port)).toBe(false);
  const closed = await slipway(folder, up("--account", account, "--json"));
  expect(JSON.parse(closed.stdout).data).toMatchObject({ host: null, token: null });
});
