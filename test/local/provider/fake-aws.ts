import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** One call of the JSON 1.1 protocol: `SageMaker.CreateEndpoint` and its members. */
export interface Call {
  readonly target: string;
  readonly input: Record<string, unknown>;
}

/** What a call is answered with; an `error` becomes an AWS error of that code. */
export type Answer = { readonly output: object } | { readonly error: string; readonly message: string };

export interface FakeAws {
  readonly url: string;
  readonly calls: Call[];
  stop(): Promise<void>;
}

/** An endpoint that speaks AWS's JSON protocol and answers as told. */
export async function startFakeAws(answer: (call: Call) => Answer): Promise<FakeAws> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const target = String(request.headers["x-amz-target"]).split(".").pop() ?? "";
    const call = { target, input: JSON.parse((await body(request)) || "{}") as Record<string, unknown> };
    calls.push(call);
    const given = answer(call);
    response.setHeader("content-type", "application/x-amz-json-1.1");
    response.setHeader("x-amzn-requestid", String(calls.length));
    response.statusCode = "error" in given ? 400 : 200;
    response.end(JSON.stringify("error" in given ? { __type: given.error, message: given.message } : given.output));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function body(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
