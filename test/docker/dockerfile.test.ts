import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { CreateEndpointCommand, CreateEndpointConfigCommand, CreateModelCommand, DescribeEndpointCommand } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPath } from "../../components/component";
import { stageDockerfile } from "../../components/registry/dockerfile-context";
import { ensureBaseImage } from "../../tools/docker/ensure";
import { role, type StartedPlatform, startPlatform } from "../contract/support/platform";

/** Two stages and arguments, and nothing of Slipway: the server starts whatever argument it is given. */
const dockerfile = `
ARG BASE_IMAGE=python:3.11-slim-bookworm
FROM \${BASE_IMAGE} AS runtime
ARG GREETING=none
ENV GREETING=\${GREETING}
WORKDIR /srv
COPY . .
ENTRYPOINT ["python3", "lib/server.py"]
FROM runtime
ENV GREETING="of the last stage"
`;

const server = `
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        name = self.rfile.read(int(self.headers["Content-Length"])).decode()
        files = sorted(str(path.relative_to("/srv")) for path in Path("/srv").rglob("*") if path.is_file())
        says = f"{os.environ['GREETING']} {name}"
        self.answer(json.dumps({"says": says, "files": files, "arguments": sys.argv[1:], "process": os.getpid()}).encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
`;

describe("a Dockerfile of the user's", () => {
  const name = `dockerfile-${process.pid}`;
  let platform: StartedPlatform;
  let folder: string;
  beforeAll(async () => {
    mkdirSync(buildPath(""), { recursive: true });
    folder = mkdtempSync(buildPath("dockerfile-"));
    const files = {
      "docker/Dockerfile": dockerfile,
      "lib/server.py": server,
      ".dockerignore": "secret.txt\n",
      "secret.txt": "a",
      "data/rows.csv": "1",
    };
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    platform = await startPlatform("docker", await ensureBaseImage());
  });
  afterAll(async () => {
    await platform?.stop();
    rmSync(folder, { recursive: true, force: true });
    rmSync(buildPath(name), { recursive: true, force: true });
    rmSync(`${buildPath(name)}.hash`, { force: true });
  });

  test("is staged, built to the stage and with the arguments of its declaration, and serves from its container", async () => {
    const context = relative(process.cwd(), folder);
    const process_ = { serve: ["python", "lib/server.py", "{port}"] };
    const staged = stageDockerfile(name, { context, dockerfile: `${context}/docker/Dockerfile`, process: process_ }, ["data"]);
    const image = await platform.buildImage("dockerfile", {
      context: staged.folder,
      dockerfile: join(staged.folder, staged.dockerfile),
      target: "runtime",
      args: { GREETING: "Hello" },
      platform: "linux/amd64",
    });
    expect(image.dockerImageId).toMatch(/^sha256:[0-9a-f]{64}$/);
    const { sagemaker, runtime } = platform;
    const EndpointName = "docker-own";
    const variant = { VariantName: "main", ModelName: EndpointName, InstanceType: "ml.m5.large", InitialInstanceCount: 1 } as const;
    await sagemaker.send(
      new CreateModelCommand({ ModelName: EndpointName, ExecutionRoleArn: role, PrimaryContainer: { Image: image.uri } }),
    );
    await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: EndpointName, ProductionVariants: [variant] }));
    await sagemaker.send(new CreateEndpointCommand({ EndpointName, EndpointConfigName: EndpointName }));
    await expect
      .poll(async () => (await sagemaker.send(new DescribeEndpointCommand({ EndpointName }))).EndpointStatus, { timeout: 120_000 })
      .toBe("InService");
    const { Body } = await runtime.send(new InvokeEndpointCommand({ EndpointName, ContentType: "text/plain", Body: "Ada" }));
    // What is for machines without Docker, what is ignored and what is data stays out; process 1 is the server itself, which gets SageMaker's signals.
    expect(JSON.parse(Body.transformToString())).toEqual({
      says: "Hello Ada",
      files: ["docker/Dockerfile", "lib/server.py"],
      arguments: ["serve"],
      process: 1,
    });
  });
});
