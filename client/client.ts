import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { StackOutputsError, UnknownModelError } from "./errors";
import { Model } from "./model";
import { type DeployedModel, deployedModels, type EndpointKind } from "./model-outputs";
import { defaultRetryPolicy, RetryBudget, type RetryPolicy } from "./retry";
import { readStackOutputs } from "./stack-outputs";

/** Where and how the client calls. Everything left out is taken from the stack's outputs and the AWS environment. */
export interface ClientOptions {
  /** @default the region in the outputs, else AWS_REGION */
  readonly region?: string;
  /** Base URL of the service. @default AWS_ENDPOINT_URL, else AWS itself */
  readonly endpoint?: string;
  readonly retry?: Partial<RetryPolicy>;
  /** A ready client of the AWS SDK, for proxies or credentials of your own; it should not retry by itself. */
  readonly runtime?: SageMakerRuntimeClient;
}

/** A model given by hand, without a stack. */
export interface ModelAddress {
  readonly endpointName: string;
  readonly kind?: EndpointKind;
  readonly region?: string;
}

/** Which stack's outputs to read with the Pulumi CLI. */
export interface StackAddress {
  readonly stack: string;
  /** Folder of the Pulumi project. @default the working directory */
  readonly cwd?: string;
  /** @default pulumi, found on PATH */
  readonly pulumi?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Asks deployed models. Connections are kept and shared by all models of one client: make one and keep it; `close` lets them go.
 *
 * ```ts
 * const client = await SlipwayClient.fromStack({ stack: "dev" });
 * const answer = await client.model<IrisRow, IrisAnswer>("iris").invoke({ petal_length: 1.4, petal_width: 0.2 });
 * ```
 */
export class SlipwayClient {
  private readonly runtimes = new Map<string, SageMakerRuntimeClient>();
  private readonly budget = new RetryBudget();

  private constructor(
    private readonly models: ReadonlyMap<string, DeployedModel>,
    private readonly options: ClientOptions,
  ) {}

  /** A client for explicit endpoints: `{ iris: { endpointName: "iris-prod" } }`. */
  static fromModels(models: Readonly<Record<string, ModelAddress>>, options: ClientOptions = {}): SlipwayClient {
    const entries = Object.entries(models).map(([name, { endpointName, kind, region }]): [string, DeployedModel] => [
      name,
      { name, endpointName, kind: kind ?? "realtime", region, apiUrl: undefined, contentTypes: [] },
    ]);
    return new SlipwayClient(new Map(entries), options);
  }

  /** A client for the outputs of a stack, as `pulumi stack output --json` prints them. Throws `StackOutputsError` without a `models` output. */
  static fromStackOutputs(outputs: Readonly<Record<string, unknown>>, options: ClientOptions = {}): SlipwayClient {
    if (outputs.models === undefined)
      throw new StackOutputsError(`The outputs have no "models"; they have ${Object.keys(outputs).join(", ") || "nothing"}.`);
    return new SlipwayClient(new Map(deployedModels(outputs).map((model) => [model.name, model])), options);
  }

  /** A client for a stack, whose outputs are read once with the Pulumi CLI. */
  static async fromStack(address: StackAddress, options: ClientOptions = {}): Promise<SlipwayClient> {
    return SlipwayClient.fromStackOutputs(await readStackOutputs(address), options);
  }

  /** Names of the models, sorted. */
  get names(): readonly string[] {
    return [...this.models.keys()].sort();
  }

  /** One model. `I` and `O` are what it is asked and what it answers. Throws `UnknownModelError`. */
  model<I = unknown, O = unknown>(name: string): Model<I, O> {
    const deployed = this.models.get(name);
    if (deployed === undefined) throw new UnknownModelError(name, this.names);
    const policy = { ...defaultRetryPolicy, ...this.options.retry };
    return new Model<I, O>(deployed, { runtime: this.runtimeFor(deployed.region), policy, budget: this.budget });
  }

  /** Closes the connections kept open. */
  close(): void {
    for (const runtime of this.runtimes.values()) runtime.destroy();
    this.runtimes.clear();
  }

  private runtimeFor(modelRegion: string | undefined): SageMakerRuntimeClient {
    if (this.options.runtime !== undefined) return this.options.runtime;
    const region = this.options.region ?? modelRegion;
    const known = this.runtimes.get(region ?? "");
    if (known !== undefined) return known;
    const { endpoint } = this.options;
    const runtime = new SageMakerRuntimeClient({
      // Retries are this client's own: the SDK would also repeat what the model has already answered.
      maxAttempts: 1,
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(endpoint !== undefined && isLoopback(endpoint) ? { credentials: { accessKeyId: "test", secretAccessKey: "test" } } : {}),
    });
    this.runtimes.set(region ?? "", runtime);
    return runtime;
  }
}

/** A local platform takes any credentials; real ones should not be sent to it. */
function isLoopback(endpoint: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(endpoint).hostname);
}
