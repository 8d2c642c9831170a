import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Contexts } from "./contexts";
import type { Images } from "./images";
import { Operations } from "./operations";
import { Registry } from "./registry";
import { providerService } from "./service";
import { Sessions } from "./session";

export interface ProviderOptions {
  /** The local AWS endpoint, such as `http://localhost:4566`. */
  readonly endpointUrl: string;
  /** Region of resources whose provider names none. */
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  readonly images: Images;
  readonly stateDir: string;
  readonly runner: "process" | "docker";
  log(line: string): void;
  /** Where relative paths start when the folder of the running program cannot be told. @default the working directory */
  readonly projectDir?: string;
}

export interface RunningProvider {
  /** Loopback port for PULUMI_DEBUG_PROVIDERS=aws:PORT,awsx:PORT,docker:PORT. */
  readonly port: number;
  stop(): Promise<void>;
}

/** One server stands in for several packages at whatever version a program uses; the engine warns about a lower one. */
const VERSION = "999.0.0";

/** How long calls of an engine get to end once their work is cancelled. */
const STOP_MILLISECONDS = 2_000;

/** gRPC's own limit of 4 MB is less than a state with large inline content; this is the engine's limit. */
const MESSAGE_BYTES = 400 * 1024 * 1024;

/** Starts serving the packages `aws`, `awsx` and `docker` to the Pulumi engine on a free loopback port. */
export async function startProvider(options: ProviderOptions): Promise<RunningProvider> {
  const sessions = new Sessions({ region: options.region });
  const contexts = new Contexts({ ...options, projectDir: options.projectDir ?? process.cwd() });
  const operations = new Operations(new Registry());
  const server = new Server({ "grpc.max_receive_message_length": MESSAGE_BYTES, "grpc.max_send_message_length": MESSAGE_BYTES });
  server.addService(ResourceProviderService, providerService({ operations, sessions, contexts, version: VERSION }));
  const port = await listen(server);
  options.log(`Pulumi provider on 127.0.0.1:${port} (aws, awsx, docker; images run as ${options.runner})`);
  return {
    port,
    async stop() {
      sessions.close();
      const impatient = setTimeout(() => server.forceShutdown(), STOP_MILLISECONDS);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(impatient);
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
