import { HeadBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { Project } from "./support/project";
import type { StateResource } from "./support/stack-folder";

/** A server of the user's own, which needs nothing installed. */
const app = `
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(b"hello")

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
`;
const greeter = {
  build: { context: "models/greeter", process: { serve: ["python", "app.py", "{port}"] } },
  realtime: { instanceType: "ml.m5.large" },
};

interface Told {
  readonly data: { readonly losses: readonly object[]; readonly destroyed: boolean } | null;
  readonly error: { readonly code: string; readonly message: string; readonly details: readonly string[]; readonly cure: string } | null;
}

/** Steps on one stack: each test goes on from where the one before it left the stack. */
describe("a production stack that serves, on the real engine", () => {
  let aws: LocalAws;
  let project: Project;
  let runtime: SageMakerRuntimeClient;
  let s3: S3Client;
  let everything: string[] = [];
  let bucket = "";

  beforeAll(async () => {
    aws = await startLocalAws();
    project = await Project.create(aws);
    const connection = { endpoint: aws.endpointUrl, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
    runtime = new SageMakerRuntimeClient(connection);
    s3 = new S3Client({ ...connection, forcePathStyle: true });
    project.write("models/greeter/Dockerfile", "FROM scratch\n");
    project.write("models/greeter/app.py", app);
    project.declare({ greeter }, { environment: "production", forceDestroy: false });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    const resources = await project.resources();
    everything = resources.map(({ urn }) => urn).sort();
    bucket = resources.find(({ type }) => type === "aws:s3/bucket:Bucket")?.id ?? "";
  });
  afterAll(async () => {
    project?.remove();
    await aws?.stop();
  });

  async function answer(): Promise<string> {
    const request = new InvokeEndpointCommand({ EndpointName: "platform-greeter", ContentType: "text/plain", Body: "?" });
    return (await runtime.send(request)).Body.transformToString();
  }

  /** Nothing of the stack, and nothing on AWS, is other than it was. */
  async function expectWhole(): Promise<void> {
    expect((await project.resources()).map(({ urn }) => urn).sort()).toEqual(everything);
    expect(await answer()).toBe("hello");
  }

  async function destroy(...words: string[]): Promise<{ readonly exitCode: number | null } & Told> {
    const { exitCode, stdout } = await project.slipway("destroy", "--stack", "test", "--json", ...words);
    return { exitCode, ...(JSON.parse(stdout) as Told) };
  }

  test("is refused to pulumi destroy by its preview, which names what is protected, and nothing is deleted", async () => {
    const refused = await project.pulumi("destroy", "--yes", "--stack", "test").then(String, (error: Error) => error.message);
    expect(refused).toMatch(/ArtifactBucket\$aws:s3\/bucket:Bucket::platform-artifacts" cannot be deleted\s+because it is protected/);
    expect(refused).toMatch(
      /ModelRepository\$aws:ecr\/repository:Repository::platform-models" cannot be deleted\s+because it is protected/,
    );
    await expectWhole();
  });

  test("is refused to pulumi destroy without a preview by the guard in its state, in words that say what to do", async () => {
    const words = "platform is protected: protectData: false and pulumi up come before a destroy";
    const state = JSON.parse(await project.pulumi("stack", "export", "--stack", "test")) as { deployment: { resources: StateResource[] } };
    // As an engine writes it whose language host knows hooks; the host that is built from source for this engine does not.
    const guarded = state.deployment.resources.map((resource) =>
      resource.id === bucket && resource.type === "aws:s3/bucket:Bucket"
        ? { ...resource, resourceHooks: { BeforeDelete: [words] } }
        : resource,
    );
    project.write("guarded.json", JSON.stringify({ ...state, deployment: { ...state.deployment, resources: guarded } }));
    await project.pulumi("stack", "import", "--stack", "test", "--file", "guarded.json");
    const run = await project.destroy();
    expect([run.exitCode === 0, run.changes]).toEqual([false, []]);
    expect(run.text).toContain(words);
    await expectWhole();
  });

  test("is refused to slipway destroy, with everything that is in the way, whatever is agreed to", async () => {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "data/points.csv", Body: "x".repeat(2048) }));
    const { exitCode, error } = await destroy("--yes", "--delete", "endpoints,objects,images");
    expect([exitCode, error?.code, error?.details.filter((line) => line.startsWith("in the way"))]).toEqual([
      1,
      "SLIP-6003",
      [
        `in the way  bucket ${bucket}: 1 object, 2.0 KiB; AWS deletes no bucket that holds any`,
        expect.stringMatching(/^in the way {2}ecr Repository platform-models-\w+ is protected$/),
        `in the way  s3 Bucket ${bucket} is protected`,
      ],
    ]);
    expect(error?.cure.split("\n")).toEqual([
      "forceDestroy: true in the platform's declaration, then pulumi up; or empty it",
      "protectData: false in the platform's declaration, then pulumi up",
    ]);
    await expectWhole();
  });

  test("that gives its protection up is still refused until each kind of loss is named, and then goes as a whole", async () => {
    project.declare({ greeter }, { environment: "production", protectData: false, forceDestroy: true });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    const losses = [
      {
        kind: "endpoints",
        text: expect.stringMatching(/^endpoint platform-greeter of model greeter serves greeter-endpoint-config-\w+ on 1 instance$/),
      },
      { kind: "objects", text: `bucket ${bucket}: 1 object, 2.0 KiB` },
    ];
    const preview = await destroy("--preview-only");
    expect([preview.exitCode, preview.data]).toMatchObject([0, { destroyed: false, obstacles: [], losses }]);

    const refused = await destroy("--yes", "--delete", "objects");
    expect([refused.exitCode, refused.error?.code, refused.error?.cure]).toEqual([
      2,
      "SLIP-6004",
      "if all of that may go: slipway destroy --stack test --yes --delete endpoints,objects",
    ]);
    await expectWhole();

    const destroyed = await destroy("--yes", "--delete", "endpoints,objects");
    expect([destroyed.exitCode, destroyed.error, destroyed.data]).toMatchObject([0, null, { destroyed: true, losses }]);
    expect(await project.resources()).toEqual([]);
    await expect(s3.send(new HeadBucketCommand({ Bucket: bucket }))).rejects.toThrow();
    await expect(answer()).rejects.toThrow("not found");
    const again = await destroy("--yes");
    expect([again.exitCode, again.data]).toEqual([0, { stack: "test", destroyed: false, resources: 0 }]);
  });
});
