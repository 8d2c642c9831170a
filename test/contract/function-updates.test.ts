import {
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { zip } from "../../local/provider/zip";
import { region, role, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates } from "./support/runtime-endpoint";

/** Answers with its version and its setting once the test has opened the request's gate. */
const handler = (version: string) => `
const { existsSync, writeFileSync } = require("node:fs");
exports.handler = async ({ folder, gate }) => {
  writeFileSync(folder + "/" + gate + ".waiting", "");
  while (!existsSync(folder + "/" + gate + ".open")) await new Promise((next) => setTimeout(next, 10));
  return "${version} " + process.env.SETTING;
};
`;
const archive = (version: string) => zip([{ name: "index.js", bytes: Buffer.from(handler(version)), mode: 0o644 }]);
const FunctionName = "gated";
const gates = new Gates();

let platform: StartedPlatform;
let lambda: LambdaClient;

beforeAll(async () => {
  platform = await startPlatform();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  lambda = new LambdaClient({ endpoint: platform.endpointUrl, region, credentials, maxAttempts: 1 });
  const Environment = { Variables: { SETTING: "old" } };
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Role: role,
      Runtime: "nodejs20.x",
      Handler: "index.handler",
      Timeout: 120,
      Code: { ZipFile: archive("one") },
      Environment,
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { FunctionName });
});
afterAll(async () => {
  lambda?.destroy();
  await platform?.stop();
  gates.remove();
});

async function ask(gate: string): Promise<readonly [error: string | undefined, answer: unknown]> {
  const Payload = JSON.stringify({ folder: gates.folder, gate });
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  return [answer.FunctionError, JSON.parse(answer.Payload?.transformToString() ?? "null")];
}

test.each([
  [
    "settings",
    () => lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { SETTING: "new" } } })),
    "one old",
    "one new",
  ],
  ["code", () => lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: archive("two") })), "one new", "two new"],
])(
  "a request that is under way when a function gets other %s ends as it began; the next one has them",
  async (what, update, before, after) => {
    const early = ask(`${what}-early`);
    await gates.reached(`${what}-early`);
    await update();
    await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { FunctionName });
    gates.open(`${what}-late`);
    expect(await ask(`${what}-late`)).toEqual([undefined, after]);
    gates.open(`${what}-early`);
    expect(await early).toEqual([undefined, before]);
  },
);
