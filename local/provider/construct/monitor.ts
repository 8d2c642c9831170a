import { credentials } from "@grpc/grpc-js";
import type { ConstructRequest } from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { RegisterResourceOutputsRequest, RegisterResourceRequest, type RegisterResourceResponse } from "@pulumi/pulumi/proto/resource_pb";
import { Reference, UNKNOWN, type Value, type Values } from "../values";
import { decode, encode } from "../wire";

/** A resource that the engine has registered. In a preview its id is unknown. */
export interface Registered {
  readonly urn: string;
  readonly id: string | typeof UNKNOWN;
  readonly outputs: Values;
  /** The resource as a property value. */
  readonly reference: Reference;
}

export interface Child {
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly inputs: Readonly<Record<string, Value | undefined>>;
  /** Resources whose values stand in the inputs: they are made first and deleted last. */
  readonly after: readonly Registered[];
}

/** The engine's resource monitor, through which a component registers itself and its children. */
export class Monitor {
  readonly #client: ResourceMonitorClient;

  constructor(readonly request: ConstructRequest) {
    this.#client = new ResourceMonitorClient(request.getMonitorendpoint(), credentials.createInsecure());
  }

  /** Registers the component that the request asks for. */
  component(): Promise<Registered> {
    const { request } = this;
    const message = new RegisterResourceRequest();
    message.setType(request.getType());
    message.setName(request.getName());
    message.setParent(request.getParent());
    message.setObject(request.getInputs());
    message.setDependenciesList(request.getDependenciesList());
    message.setAliasesList(request.getAliasesList());
    message.setAliasspecs(true);
    const protect = request.getProtect();
    if (protect !== undefined) message.setProtect(protect);
    return this.#register(message);
  }

  /** Registers a custom resource below the component, with the provider that the component was given for its package. */
  child({ type, name, parent, inputs, after }: Child): Promise<Registered> {
    const message = new RegisterResourceRequest();
    message.setType(type);
    message.setName(name);
    message.setParent(parent);
    message.setCustom(true);
    message.setProvider(this.request.getProvidersMap().get(type.split(":")[0] ?? "") ?? "");
    message.setObject(
      encode(Object.fromEntries(Object.entries(inputs).filter((input): input is [string, Value] => input[1] !== undefined))),
    );
    message.setDependenciesList(after.map(({ urn }) => urn));
    return this.#register(message);
  }

  /** Tells the engine that the component is complete. */
  async outputs(component: Registered, outputs: Values): Promise<void> {
    const message = new RegisterResourceOutputsRequest();
    message.setUrn(component.urn);
    message.setOutputs(encode(outputs));
    await new Promise<void>((resolve, reject) => {
      this.#client.registerResourceOutputs(message, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  close(): void {
    this.#client.close();
  }

  async #register(message: RegisterResourceRequest): Promise<Registered> {
    message.setAcceptsecrets(true);
    message.setAcceptresources(true);
    message.setSupportspartialvalues(true);
    const response = await new Promise<RegisterResourceResponse>((resolve, reject) => {
      this.#client.registerResource(message, (error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
    const urn = response.getUrn();
    const id = response.getId() === "" ? UNKNOWN : response.getId();
    return { urn, id, outputs: decode(response.getObject()).values, reference: new Reference(urn, message.getCustom() ? id : undefined) };
  }
}
