import { execFile, execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { DescribeModelCommand, DescribeTrainingJobCommand, ListModelsCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensurePulumi } from "../../tools/pulumi/ensure";
import { fetchWhole } from "../support/fetch-whole";
import { Checkout } from "./support/checkout";

/** Two stack secrets, of the program's own and of the stack's configuration. Their names say nothing of what they are. */
const inCode = "plain-in-code-7f3a9c";
const inConfig = "plain-in-config-51d0be";

const declaration = `import * as pulumi from "@pulumi/pulumi";
import { ModelService, type Platform } from "../../components";

export let apiKey: pulumi.Output<string | undefined> | undefined;

export default (platform: Platform) => {
  const PARTNER = pulumi.secret(process.env.TOO_LONG === undefined ? "${inCode}" : "${inCode}".repeat(60));
  const configured = new pulumi.Config("shop").getSecret("partner");
  const iris = new ModelService("iris", {
    platform,
    code: "models/iris",
    training: { instanceType: "ml.m5.large", channels: { train: "models/iris/data" }, environment: { PARTNER } },
    realtime: { instanceType: "ml.m5.xlarge" },
    environment: { PARTNER, ...(configured === undefined ? {} : { CONFIGURED: configured }) },
    api: { path: "/iris", kind: "rest", apiKey: true },
  });
  apiKey = iris.nodes.api?.apiKey;
  return iris;
};
`;

const program = `export * from "./infra";
import * as pulumi from "@pulumi/pulumi";
import * as iris from "./models/iris/service";
export const partner = pulumi.secret("${inCode}");
export const apiKey = iris.apiKey;
`;

interface Outputs {
  readonly apiKey: string;
  readonly partner: string;
  readonly models: { readonly iris: { readonly trainingJobName: string } };
}

/** One stack: each test looks at what the one update has left somewhere else. */
describe("stack secrets, brought up on this machine", () => {
  let checkout: Checkout;
  let bin: string;
  /** Everything that `slipway` printed. */
  const printed: string[] = [];
  let apiKey: string;
  let jobName: string;

  beforeAll(async () => {
    checkout = await Checkout.create();
    ({ bin } = await ensurePulumi({}));
    checkout.copy.write("models/iris/service.ts", declaration);
    checkout.copy.write("index.ts", program);
  });
  afterAll(() => checkout?.remove());

  const state = () => join(checkout.copy.root, ".slipway");
  const secrets = () => [inCode, inConfig, apiKey];
  const shown = (text: string) => secrets().filter((secret) => text.includes(secret));

  const sagemaker = () =>
    new SageMakerClient({
      endpoint: `http://localhost:${checkout.port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });

  /** The Pulumi command on the local stack, as the security page tells; all that it printed. */
  function pulumi(...args: string[]): Promise<string> {
    const env = {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
      PULUMI_BACKEND_URL: `${pathToFileURL(join(state(), "pulumi")).href}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(state(), "pulumi-passphrase"),
    };
    const options = { cwd: checkout.copy.root, env, maxBuffer: 64 * 1024 * 1024 };
    return new Promise((settle, fail) =>
      execFile("pulumi", [...args, "--non-interactive", "--stack", "local"], options, (error, stdout, stderr) =>
        error === null ? settle(stdout + stderr) : fail(new Error(`${error.message}${stdout}${stderr}`)),
      ),
    );
  }

  /** Which files of the platform's own folder hold a secret as it is. */
  function filesWith(secret: string): string[] {
    const files = readdirSync(state(), { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
    return files.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => readFileSync(path).includes(secret));
  }

  test("are read from the stack's configuration, and reach what the program gives them to", async () => {
    const preview = await checkout.command("local", "preview");
    expect(preview, JSON.stringify(preview.error)).toMatchObject({ exitCode: 0 });
    await pulumi("config", "set", "--secret", "shop:partner", inConfig);
    const up = await checkout.up();
    expect(up, JSON.stringify(up.error)).toMatchObject({ exitCode: 0 });
    printed.push(JSON.stringify(preview), JSON.stringify(up));
    const outputs = JSON.parse(await pulumi("stack", "output", "--json", "--show-secrets")) as Outputs;
    expect(outputs.partner).toBe(inCode);
    ({ apiKey } = outputs);
    expect(apiKey).toMatch(/^\w{20,}$/);
    jobName = outputs.models.iris.trainingJobName;
    const { TrainingJobName, Environment } = await sagemaker().send(new DescribeTrainingJobCommand({ TrainingJobName: jobName }));
    expect([TrainingJobName, Environment]).toEqual([jobName, expect.objectContaining({ PARTNER: inCode })]);
    const { Models = [] } = await sagemaker().send(new ListModelsCommand({}));
    const { PrimaryContainer } = await sagemaker().send(new DescribeModelCommand({ ModelName: Models[0]?.ModelName }));
    expect(PrimaryContainer?.Environment).toMatchObject({ PARTNER: inCode, CONFIGURED: inConfig });
  });

  test("are in nothing that slipway prints", async () => {
    printed.push(JSON.stringify(await checkout.command("local", "status")));
    expect(printed.map(shown)).toEqual([[], [], []]);
  });

  test("are [secret] to whoever asks the engine: outputs, state, history, configuration", async () => {
    const outputs = await pulumi("stack", "output");
    expect(outputs).toMatch(/partner +\[secret\]/);
    expect(outputs).toMatch(/apiKey +\[secret\]/);
    expect(await pulumi("config")).toMatch(/partner +\[secret\]/);
    const others = [["stack", "output", "--json"], ["stack", "export"], ["stack", "history", "--json"], ["stack"]];
    const texts = [outputs, ...(await Promise.all(others.map((args) => pulumi(...args))))];
    expect(texts.map(shown)).toEqual(texts.map(() => []));
  });

  test("are on no page of the console", async () => {
    const pages = ["", "jobs", "connect", "status", "endpoints/us-east-1/slipway-local-iris", `jobs/us-east-1/${jobName}`];
    for (const page of pages) {
      const response = await fetchWhole(`http://localhost:${checkout.port}/_slipway/${page}`);
      expect([page, response.status, shown(await response.text())]).toEqual([page, 200, []]);
    }
  });

  test("are no arguments of processes", () => {
    expect(shown(execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }))).toEqual([]);
  });

  test("are on this disk only where SageMaker and API Gateway keep them, in a folder that only its owner may look into", () => {
    expect(statSync(state()).mode & 0o777).toBe(0o700);
    const kept = (secret: string) =>
      filesWith(secret).map((path) => relative(state(), path).replace(/-[0-9a-f]{7,10}(-1)?\.json$/, ".json"));
    const model = "sagemaker/us-east-1/models/iris-endpoint-model.json";
    expect(kept(inCode).sort()).toEqual([model, "sagemaker/us-east-1/training-jobs/iris.json"]);
    expect(kept(inConfig)).toEqual([model]);
    expect(kept(apiKey)).toEqual(["ministack/state/apigateway_v1.json"]);
    expect([inCode, inConfig].flatMap(filesWith).map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  });

  test("are not shown when AWS would refuse them and say them again", async () => {
    const before = filesWith(inCode).length;
    const refused = await checkout.up({ env: { ...process.env, TOO_LONG: "1" } });
    expect(refused.exitCode).not.toBe(0);
    expect(JSON.stringify(refused)).toMatch(/environment\.PARTNER: has 1200 characters; at most (512|1024) are allowed/);
    expect(shown(JSON.stringify(refused))).toEqual([]);
    expect(filesWith(inCode)).toHaveLength(before);
  });
});
