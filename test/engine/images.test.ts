import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelDescription } from "../../components";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { invocationsOf, Prober } from "./support/prober";
import { Project } from "./support/project";

/** A server of the user's own, with nothing of Slipway in it: it reads where its model is from a variable, as it does in its container. */
const app = `
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from greeting import GREETING

word = open(os.path.join(os.environ["MODEL_DIR"], "word.txt")).read().strip()

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        name = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(json.dumps({"says": f"{GREETING} {name}, {word}"}).encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
`;

/** Scripts as SageMaker's documentation has them. */
const train = `
import argparse, os
import joblib, pandas
from sklearn.tree import DecisionTreeClassifier

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--depth", type=int)
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    args = parser.parse_args()
    data = pandas.read_csv(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "points.csv"))
    joblib.dump(DecisionTreeClassifier(max_depth=args.depth).fit(data[["x"]].values, data["label"].values), os.path.join(args.model_dir, "model.joblib"))
`;
const inference = `
import json, os
import joblib, pyfiglet
from labels import LOUD

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))

def input_fn(body, content_type):
    return [[json.loads(body)["x"]]]

def predict_fn(rows, model):
    return LOUD[model.predict(rows)[0]]

def output_fn(label, accept):
    return json.dumps({"label": label, "has_requirement": bool(pyfiglet.__version__)})
`;

const greeter = {
  build: {
    context: "models/greeter",
    process: { serve: ["python", "app.py", "{port}"], environment: { PYTHONPATH: "lib" } },
  },
  modelData: "models/greeter-data",
  environment: { MODEL_DIR: "/opt/ml/model" },
  realtime: { instanceType: "ml.m5.large" },
};
const points = {
  framework: { name: "sklearn", version: "1.2-1" },
  sourceDir: "models/points",
  training: { instanceType: "ml.m5.large", channels: { train: "models/points/data" }, hyperparameters: { depth: "2" } },
  realtime: { instanceType: "ml.m5.large" },
};

describe("models whose image is not the kit's, on the real engine", () => {
  let aws: LocalAws;
  let project: Project;
  beforeAll(async () => {
    aws = await startLocalAws();
    project = await Project.create(aws);
    write({
      "models/greeter/Dockerfile": "FROM scratch\n",
      "models/greeter/app.py": app,
      "models/greeter/lib/greeting.py": 'GREETING = "Hello"\n',
      "models/greeter-data/word.txt": "welcome\n",
      "models/points/train.py": train,
      "models/points/inference.py": inference,
      "models/points/labels.py": 'LOUD = {"low": "LOW", "high": "HIGH"}\n',
      "models/points/requirements.txt": "pyfiglet==1.0.2\n",
      "models/points/data/points.csv": "x,label\n0,low\n1,low\n5,high\n6,high\n",
    });
  });
  afterAll(async () => {
    project?.remove();
    await aws?.stop();
  });

  function write(files: Readonly<Record<string, string>>): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(project.folder, path)), { recursive: true });
      project.write(path, content);
    }
  }

  async function ask(model: "greeter" | "points", Body: string): Promise<unknown> {
    const { models } = await project.outputs<{ models: Record<typeof model, ModelDescription> }>();
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new SageMakerRuntimeClient({ endpoint: aws.endpointUrl, region: "us-east-1", credentials });
    const { endpointName: EndpointName } = models[model];
    return JSON.parse(
      (await client.send(new InvokeEndpointCommand({ EndpointName, ContentType: "application/json", Body }))).Body.transformToString(),
    );
  }

  test("without Docker, one that does not say how it starts stops the deployment, with what to add", async () => {
    project.declare({ greeter: { ...greeter, build: { context: "models/greeter" } } });
    const run = await project.up();
    expect(run.exitCode).not.toBe(0);
    expect(run.text).toMatch(
      /SLIP-5022 the image \S+ cannot run without Docker: nothing says how to start it; add to its declaration, for example, build\.process: /,
    );
  });

  test("a Dockerfile's image is served by the command its declaration names, and scripts are trained and served by AWS's image or what stands for it", async () => {
    project.declare({ greeter, points });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    expect(await ask("greeter", "Ada")).toEqual({ says: "Hello Ada, welcome" });
    expect(await ask("points", '{"x": 0.5}')).toEqual({ label: "LOW", has_requirement: true });
    expect(await ask("points", '{"x": 7}')).toEqual({ label: "HIGH", has_requirement: true });
    const again = await project.preview();
    expect(again.changes).toEqual([]);
  });

  test("an image whose server does not start fails the update with what it printed, whoever asks is answered by the one before, and a mended one goes through", async () => {
    const EndpointName = "platform-greeter";
    const probed = { url: invocationsOf(aws, EndpointName), question: "Ada", right: [{ says: 'Hello "Ada", welcome' }] };
    const prober = await Prober.start(probed);
    write({ "models/greeter/app.py": app.replace("from greeting import", "from greetings import") });
    const failed = await project.up();
    expect(failed.exitCode).not.toBe(0);
    // Which of the two sees it first: Pulumi's provider, when it looks while the endpoint is RollingBack, gives up without what the gate tells; see rolling-back.test.ts.
    if (!failed.text.includes("unexpected state 'RollingBack'")) {
      expect(failed.text).toContain(`SLIP-4101 endpoint ${EndpointName} `);
      expect(failed.text).toMatch(/^ {2}log {2}ModuleNotFoundError: No module named 'greetings'/m);
      expect(failed.text).toContain("  fix  Add the package of module greetings to requirements.txt");
    }
    write({ "models/greeter/app.py": app });
    const mended = await project.up();
    expect(mended.exitCode, mended.text).toBe(0);
    await prober.expectAnswered();
    expect((await project.preview()).changes).toEqual([]);
  });

  test("a changed file builds the one, a changed script trains the other, and a changed declaration does neither", async () => {
    write({
      "models/greeter/lib/greeting.py": 'GREETING = "Hi"\n',
      "models/greeter/service.ts": "",
      "models/points/labels.py": 'LOUD = {"low": "L", "high": "H"}\n',
    });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    expect(await ask("greeter", "Ada")).toEqual({ says: "Hi Ada, welcome" });
    expect(await ask("points", '{"x": 7}')).toEqual({ label: "H", has_requirement: true });
    expect(run.changes.filter((change) => change.includes("Image"))).toHaveLength(1);
    expect(run.changes).toContain("create-replacement aws:sagemaker/trainingJob:TrainingJob points-training");
    write({ "models/greeter/service.ts": "other", "models/points/service.ts": "other" });
    expect((await project.preview()).changes).toEqual([]);
  });
});
