import { createServer, type IncomingMessage, type Server } from "node:http";

/** What the fake account knows. Tests fill it in. */
export interface FakeAccount {
  readonly jobs: Map<string, Record<string, unknown>>;
  /** Log lines by log group. */
  readonly logs: Map<string, string[]>;
  /** What ECR says of the scan of each image, by its digest. */
  readonly scans: Map<string, Record<string, unknown>>;
  readonly requests: string[];
}

/** An AWS endpoint on a free port with an account, training jobs and logs; `AWS_ENDPOINT_URL` and test credentials point at it until it is stopped. */
export class FakeAws implements FakeAccount {
  readonly jobs = new Map<string, Record<string, unknown>>();
  readonly logs = new Map<string, string[]>();
  readonly scans = new Map<string, Record<string, unknown>>();
  readonly requests: string[] = [];
  private readonly before: NodeJS.ProcessEnv = { ...process.env };

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeAws> {
    const server = createServer();
    const fake = new FakeAws(server);
    server.on("request", async (request, response) => {
      const { status, type, body } = fake.answer(request, await bodyOf(request));
      response.writeHead(status, { "content-type": type }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    });
    return fake;
  }

  async stop(): Promise<void> {
    process.env = this.before;
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, body: string): { readonly status: number; readonly type: string; readonly body: string } {
    const operation = String(request.headers["x-amz-target"] ?? new URLSearchParams(body).get("Action"));
    this.requests.push(operation);
    if (operation === "GetCallerIdentity") {
      return { status: 200, type: "text/xml", body: callerIdentity };
    }
    const type = "application/x-amz-json-1.1";
    const input = JSON.parse(body) as Readonly<Record<string, string>> & { readonly imageId?: { readonly imageDigest: string } };
    const found = this.json(operation, input) ?? this.scans.get(input.imageId?.imageDigest ?? "");
    return found === undefined
      ? { status: 400, type, body: JSON.stringify({ __type: "ValidationException", message: "Requested resource not found." }) }
      : { status: 200, type, body: JSON.stringify(found) };
  }

  private json(operation: string, input: Readonly<Record<string, string>>): object | undefined {
    const lines = this.logs.get(input.logGroupName ?? "") ?? [];
    switch (operation) {
      case "SageMaker.DescribeTrainingJob":
        return this.jobs.get(input.TrainingJobName ?? "");
      case "Logs_20140328.DescribeLogStreams":
        return {
          logStreams: lines.length === 0 ? [] : [{ logStreamName: `${input.logStreamNamePrefix ?? ""}algo-1`, lastEventTimestamp: 1 }],
        };
      case "Logs_20140328.GetLogEvents":
        return { events: lines.map((message, index) => ({ timestamp: index, message })) };
      default:
        return undefined;
    }
  }
}

const callerIdentity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}
