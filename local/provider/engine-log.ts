import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Shows lines at resources in the output of the engine that listens at an address. */
export class EngineLog {
  readonly #client: EngineClient;

  constructor(address: string) {
    this.#client = new EngineClient(address, credentials.createInsecure());
  }

  /** Never fails: an engine that went away no longer wants the line. */
  info(urn: string, message: string): Promise<void> {
    const request = new LogRequest();
    request.setSeverity(LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(message);
    return new Promise((resolve) => this.#client.log(request, () => resolve()));
  }

  close(): void {
    this.#client.close();
  }
}
