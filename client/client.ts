import { type ClientOptions, Connections } from "./connections";
import { StackOutputsError, UnknownModelError } from "./errors";
import { Model, type ModelCodecs } from "./model";
import { type DeployedModel, deployedModels, type EndpointKind } from "./model-outputs";
import { type ParameterAddress, readParameters } from "./parameters";
import { readStackOutputs, type StackAddress } from "./stack-outputs";

/** A model given by hand, without a stack. */
export interface ModelAddress {
  readonly endpointName: string;
  /** @default realtime */
  readonly kind?: EndpointKind;
  readonly region?: string;
  /** S3 prefix for inputs of an asynchronous model, such as `s3://bucket/prefix`. */
  readonly inputLocation?: string;
}

/**
 * Asks deployed models. Connections are kept and shared by all models of one client: make one in a process and keep it; `close` lets them go.
 *
 * ```ts
 * const client = await SlipwayClient.fromStack({ stack: "dev" });
 * const answer = await client.model<IrisRow, IrisAnswer>("iris").invoke({ petal_length: 1.4, petal_width: 0.2 });
 * ```
 */
export class SlipwayClient {
  private constructor(
    private readonly models: ReadonlyMap<string, DeployedModel>,
    private readonly connections: Connections,
  ) {}

  /** A client for explicit endpoints: `{ iris: { endpointName: "iris-prod" } }`. */
  static fromModels(models: Readonly<Record<string, ModelAddress>>, options: ClientOptions = {}): SlipwayClient {
    const entries = Object.entries(models).map(([name, { kind, region, ...address }]): [string, DeployedModel] => [
      name,
      { name, kind: kind ?? "realtime", region, apiUrl: undefined, contentTypes: [], ...address },
    ]);
    return new SlipwayClient(new Map(entries), new Connections(options));
  }

  /** A client for the outputs of a stack, as `pulumi stack output --json` prints them. Throws `StackOutputsError` without a `models` output. */
  static fromStackOutputs(outputs: Readonly<Record<string, unknown>>, options: ClientOptions = {}): SlipwayClient {
    if (outputs.models === undefined) {
      throw new StackOutputsError(
        `The outputs have no "models"; they have ${Object.keys(outputs).join(", ") || "nothing"}.`,
        "Export them: models = { iris: iris.outputs }, or name another stack.",
      );
    }
    return new SlipwayClient(byName(deployedModels(outputs)), new Connections(options));
  }

  /** A client for a stack, whose outputs are read once with the Pulumi CLI. */
  static async fromStack(address: StackAddress, options: ClientOptions = {}): Promise<SlipwayClient> {
    return SlipwayClient.fromStackOutputs(await readStackOutputs(address), options);
  }

  /** A client for models of a platform, whose parameters are read once: neither Pulumi nor access to the stack is needed. */
  static async fromParameters(address: ParameterAddress, options: ClientOptions = {}): Promise<SlipwayClient> {
    const connections = new Connections(options);
    return new SlipwayClient(byName(await readParameters(connections, address)), connections);
  }

  /** Names of the models, sorted. */
  get names(): readonly string[] {
    return [...this.models.keys()].sort();
  }

  /** One model. `I` and `O` are what it is asked and what it answers; codecs give both. Throws `UnknownModelError`. */
  model<I = unknown, O = unknown>(name: string, codecs: ModelCodecs<I, O> = {}): Model<I, O> {
    const deployed = this.models.get(name);
    if (deployed === undefined) throw new UnknownModelError(name, this.names);
    return new Model<I, O>(deployed, this.connections, codecs);
  }

  /** Closes the connections kept open. */
  close(): void {
    this.connections.close();
  }
}

function byName(models: readonly DeployedModel[]): ReadonlyMap<string, DeployedModel> {
  return new Map(models.map((model) => [model.name, model]));
}
