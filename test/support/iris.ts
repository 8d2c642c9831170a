import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../local/containers/free-port";
import { ensureDevTools } from "../../tools/python/ensure";
import { fetchWhole } from "./fetch-whole";

const root = join(__dirname, "..", "..");
const run = promisify(execFile);

/** What every way to ask the model must answer: JSON of the same shape and values. */
export interface IrisAnswer {
  readonly category: string;
  readonly probabilities: Record<string, number>;
}

interface CommandOutput {
  readonly status: string;
  readonly data: {
    readonly runner: string;
    readonly models: { readonly iris: { readonly endpointName: string; readonly apiUrl: string; readonly state: string } };
  };
}

/** The local platform as a user has it: brought up by the `slipway` command in a state folder of its own. */
export class IrisPlatform {
  private readonly state = mkdtempSync(join(tmpdir(), "slipway-iris-"));
  private port: number | undefined;

  constructor(
    private readonly runner: "process" | "docker",
    private readonly environment: NodeJS.ProcessEnv = {},
  ) {}

  /** `slipway local up`. Resolves to what it printed for people. */
  async up(): Promise<string> {
    this.port ??= await freePort();
    const { stderr } = await this.slipway("local", "up", "--port", String(this.port), "--runner", this.runner);
    return stderr;
  }

  /** `slipway local up` on another port. */
  async move(): Promise<void> {
    this.port = undefined;
    await this.up();
  }

  async status(): Promise<CommandOutput["data"]> {
    const { stdout } = await this.slipway("local", "status", "--json");
    return (JSON.parse(stdout) as CommandOutput).data;
  }

  /** The answer to `models/iris/sample.json` by `slipway invoke`. */
  async byCommand(): Promise<IrisAnswer> {
    const { stdout } = await this.slipway("invoke", "iris", readFileSync(join(root, "models", "iris", "sample.json"), "utf8"));
    return JSON.parse(stdout) as IrisAnswer;
  }

  /** The answer to `models/iris/sample.json` by `curl -d @models/iris/sample.json <API URL>`, as the README says it. */
  async byCurl(): Promise<IrisAnswer> {
    const { models } = await this.status();
    const { stdout } = await run("curl", ["--silent", "--show-error", "--data", "@models/iris/sample.json", models.iris.apiUrl], {
      cwd: root,
    });
    return JSON.parse(stdout) as IrisAnswer;
  }

  /** The answer to `models/iris/sample.json` by boto3's `invoke_endpoint`. */
  async byBoto3(): Promise<IrisAnswer> {
    const { python } = await ensureDevTools();
    const { models } = await this.status();
    const script = `
import sys, boto3
client = boto3.client("sagemaker-runtime", endpoint_url=sys.argv[1], region_name="us-east-1",
                      aws_access_key_id="test", aws_secret_access_key="test")
body = open("models/iris/sample.json", "rb").read()
answer = client.invoke_endpoint(EndpointName=sys.argv[2], ContentType="application/json", Body=body)
sys.stdout.write(answer["Body"].read().decode())
`;
    const { stdout } = await run(python, ["-c", script, this.endpointUrl, models.iris.endpointName], { cwd: root });
    return JSON.parse(stdout) as IrisAnswer;
  }

  /** `slipway local down`, and removal of the state folder. */
  async down(): Promise<void> {
    await this.slipway("local", "down");
    rmSync(this.state, { recursive: true, force: true });
  }

  /** Whether anything still answers where the platform listened. */
  async answers(): Promise<boolean> {
    return fetchWhole(`${this.endpointUrl}/_slipway/health`).then(
      () => true,
      () => false,
    );
  }

  private get endpointUrl(): string {
    return `http://localhost:${this.port}`;
  }

  private slipway(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return run(process.execPath, [join(root, "cli", "slipway.js"), ...args, "--state", this.state], {
      cwd: root,
      env: { ...process.env, ...this.environment },
      maxBuffer: 64 * 1024 * 1024,
    });
  }
}
