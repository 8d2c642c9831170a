import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { zip } from "../../../../local/provider/zip";

/** A function and its URL as Lambda knows them. */
export interface KnownFunction {
  readonly code: string;
  readonly sha: string;
  readonly url: Readonly<Record<string, unknown>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Lambda as far as function URLs ask it, with the functions of a map. */
export class FakeLambda {
  readonly functions = new Map<string, KnownFunction>();
  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeLambda> {
    const server = createServer();
    const lambda = new FakeLambda(server);
    server.on("request", (request, response) => {
      const [, , kind, name = "", url] = (request.url ?? "").split("/");
      const found = lambda.functions.get(name);
      if (kind !== "functions" || found === undefined) {
        response.writeHead(404, { "x-amzn-errortype": "ResourceNotFoundException" }).end("{}");
      } else if (url === "code") {
        response.end(zip([{ name: "index.js", bytes: Buffer.from(found.code), mode: 0o644 }]));
      } else if (url === "url") {
        response.setHeader("content-type", "application/json").end(JSON.stringify({ FunctionUrl: "http://u1v2.example/", ...found.url }));
      } else {
        const Configuration = {
          FunctionName: name,
          Handler: "index.handler",
          Timeout: 60,
          CodeSha256: found.sha,
          Environment: { Variables: found.variables ?? {} },
        };
        const Code = { Location: `${lambda.url}/0/functions/${name}/code` };
        response.setHeader("content-type", "application/json").end(JSON.stringify({ Configuration, Code }));
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return lambda;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
