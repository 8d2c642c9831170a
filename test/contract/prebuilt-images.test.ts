import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateProcessingJobCommand,
  CreateTrainingJobCommand,
  CreateTransformJobCommand,
  DescribeEndpointCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  type DescribeTrainingJobCommandOutput,
  DescribeTransformJobCommand,
  waitUntilEndpointInService,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { bucket, getBytes, logFile, type Platform, putText, role, startPlatform } from "./support/platform";
import { trainingJob } from "./support/requests";

const scikitLearn = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3";

/** A training script as SageMaker's documentation has it: arguments, SM_* variables, joblib. */
const train = `
import argparse, os
import joblib, pandas, sklearn
from sklearn.tree import DecisionTreeClassifier
from columns import TARGET

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--max-leaf-nodes", type=int, default=-1)
    parser.add_argument("--model-dir", type=str, default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", type=str, default=os.environ["SM_CHANNEL_TRAIN"])
    args = parser.parse_args()
    data = pandas.read_csv(os.path.join(args.train, "points.csv"))
    model = DecisionTreeClassifier(max_leaf_nodes=args.max_leaf_nodes).fit(data[["x", "y"]].values, data[TARGET].values)
    joblib.dump(model, os.path.join(args.model_dir, "model.joblib"))
    print(f"trained with scikit-learn {sklearn.__version__}, {args.max_leaf_nodes} leaves")
`;

/** A serving script with all four functions, and a package that AWS's image does not have. */
const inference = `
import json, os
import joblib, pyfiglet

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))

def input_fn(body, content_type):
    assert content_type == "text/csv", content_type
    text = body if isinstance(body, str) else body.decode()
    return [[float(value) for value in line.split(",")] for line in text.splitlines()]

def predict_fn(points, model):
    return model.predict(points)

def output_fn(prediction, accept):
    return json.dumps({"classes": prediction.tolist(), "banner": bool(pyfiglet.__version__)}), "application/json"
`;

/** Installing scikit-learn takes half a minute on a fast machine. */
vi.setConfig({ testTimeout: 300_000 });
const patience = { timeout: 280_000, interval: 200 };

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  await putText(platform.s3, "points/points.csv", "x,y,label\n0,0,low\n0,1,low\n5,5,high\n6,5,high\n");
  await putArchive("code/sourcedir.tar.gz", { "train.py": train, "columns.py": 'TARGET = "label"\n', "inference.py": inference });
});
afterAll(() => platform.stop());

describe("an image of AWS's for scikit-learn, without Docker", () => {
  let job: DescribeTrainingJobCommandOutput;

  test("trains the script that the hyperparameters name", async () => {
    job = await runJob("script", { "max-leaf-nodes": "4" });
    expect(job.FailureReason).toBeUndefined();
    expect(job.TrainingJobStatus).toBe("Completed");
    const log = await logFile(platform, "script");
    expect(log).toContain("trained with scikit-learn 1.2.1, 4 leaves");
    expect(log).toContain(`${scikitLearn} is not pulled: the Slipway kit with scikit-learn stands for it`);
    expect(log).toMatch(/scikit-learn 1\.2\.1 with Python 3\.\d+ stands for AWS's scikit-learn 1\.2\.1;/);
  });

  test("serves what it trained with the script in S3 that the model's variables name", async () => {
    const environment = { SAGEMAKER_PROGRAM: "inference.py", SAGEMAKER_SUBMIT_DIRECTORY: `s3://${bucket}/code/serving.tar.gz` };
    await putArchive("code/serving.tar.gz", { "inference.py": inference, "requirements.txt": "pyfiglet==1.0.2\n" });
    await serve("from-s3", job.ModelArtifacts?.S3ModelArtifacts ?? "", environment);
    expect(await ask("from-s3")).toEqual({ classes: ["low", "high"], banner: true });
  });

  test("serves the script in the folder code of the model archive, with the requirements beside it", async () => {
    const script = inference
      .replace('joblib.load(os.path.join(model_dir, "model.joblib"))', "None")
      .replace("model.predict(points)", "numpy.array(points)");
    await putArchive("models/own-code.tar.gz", {
      "code/inference.py": `import numpy\n${script}`,
      "code/requirements.txt": "pyfiglet==1.0.2\n",
    });
    await serve("from-model", `s3://${bucket}/models/own-code.tar.gz`, {});
    expect(await ask("from-model")).toEqual({
      classes: [
        [0, 0],
        [6, 6],
      ],
      banner: true,
    });
  });

  test("transforms with a model that is served by the script in its archive", async () => {
    await putText(platform.s3, "transform/points.csv", "0,0\n6,6\n");
    const { sagemaker } = platform;
    await sagemaker.send(
      new CreateTransformJobCommand({
        TransformJobName: "batch",
        ModelName: "from-model",
        TransformInput: {
          ContentType: "text/csv",
          DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://${bucket}/transform` } },
        },
        TransformOutput: { S3OutputPath: `s3://${bucket}/transformed` },
        TransformResources: { InstanceType: "ml.m5.large", InstanceCount: 1 },
      }),
    );
    const read = () => sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: "batch" }));
    await expect.poll(async () => (await read()).TransformJobStatus, patience).toMatch(/^(Completed|Failed|Stopped)$/);
    expect(await read()).toMatchObject({ TransformJobStatus: "Completed" });
    const answer = JSON.parse((await getBytes(platform.s3, `s3://${bucket}/transformed/points.csv.out`)).toString());
    expect(answer).toEqual({
      classes: [
        [0, 0],
        [6, 6],
      ],
      banner: true,
    });
  });

  test("processes with the script of a processing job, as SageMaker's SDK starts it", async () => {
    await putText(platform.s3, "scripts/versions.py", "import sklearn\nprint('processed with', sklearn.__version__)\n");
    const { sagemaker } = platform;
    const code = "/opt/ml/processing/input/code";
    await sagemaker.send(
      new CreateProcessingJobCommand({
        ProcessingJobName: "process",
        RoleArn: role,
        AppSpecification: { ImageUri: scikitLearn, ContainerEntrypoint: ["python3", `${code}/versions.py`] },
        ProcessingInputs: [
          {
            InputName: "code",
            S3Input: { S3Uri: `s3://${bucket}/scripts/versions.py`, LocalPath: code, S3DataType: "S3Prefix", S3InputMode: "File" },
          },
        ],
        ProcessingResources: { ClusterConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 } },
      }),
    );
    const read = () => sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: "process" }));
    await expect.poll(async () => (await read()).ProcessingJobStatus, patience).toMatch(/^(Completed|Failed|Stopped)$/);
    expect(await read()).toMatchObject({ ProcessingJobStatus: "Completed" });
    expect(await logFile(platform, "process")).toContain("processed with 1.2.1");
  });

  test("fails a job whose code is not in S3 with the place that was named", async () => {
    const failed = await runJob("no-code", { sagemaker_submit_directory: JSON.stringify(`s3://${bucket}/code/missing.tar.gz`) });
    expect(failed.TrainingJobStatus).toBe("Failed");
    expect(failed.FailureReason).toContain(`AlgorithmError: the code s3://${bucket}/code/missing.tar.gz cannot be fetched as a .tar.gz`);
  });

  test("fails a job whose requirements cannot be installed with the installer's words", async () => {
    const wrong = { "train.py": "", "requirements.txt": "scikit-learn==999.0\n" };
    await putArchive("code/wrong.tar.gz", wrong);
    const failed = await runJob("wrong-requirements", { sagemaker_submit_directory: `s3://${bucket}/code/wrong.tar.gz` });
    expect(failed.FailureReason).toContain("AlgorithmError: SLIP-5007 requirements.txt of the submitted code cannot be installed");
    expect(failed.FailureReason).toContain("scikit-learn==999.0");
  });

  test("fails a job that names no script", async () => {
    const { sagemaker } = platform;
    await sagemaker.send(
      new CreateTrainingJobCommand(trainingJob(platform, "no-script", { AlgorithmSpecification: specification(scikitLearn) })),
    );
    const failed = await trainingEnd("no-script");
    expect(failed.FailureReason).toContain(
      "the hyperparameter sagemaker_program or the variable SAGEMAKER_PROGRAM names; neither is given",
    );
  });

  test("fails an endpoint whose model has no script, and says where it is looked for", async () => {
    await createEndpoint("no-script", job.ModelArtifacts?.S3ModelArtifacts ?? "", {});
    const read = async () => platform.sagemaker.send(new DescribeEndpointCommand({ EndpointName: "no-script" }));
    await expect.poll(async () => (await read()).EndpointStatus, patience).toBe("Failed");
    expect((await read()).FailureReason).toContain("put it into the folder code of the model archive");
  });
});

test("an image that is neither built here nor one of AWS's for scripts is refused with what would do", async () => {
  const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3";
  const { sagemaker } = platform;
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "not-aws", { AlgorithmSpecification: specification(image) })));
  const failed = await trainingEnd("not-aws");
  expect(failed.FailureReason).toContain(`ClientError: Cannot pull the training image ${image}: it was not built on this machine.`);
  expect(failed.FailureReason).toContain("sagemaker-scikit-learn:1.2-1-cpu-py3");
  expect(failed.FailureReason).toContain("--runner docker");
});

const specification = (image: string) => ({ TrainingImage: image, TrainingInputMode: "File" as const });

async function runJob(name: string, hyperparameters: Record<string, string>): Promise<DescribeTrainingJobCommandOutput> {
  const request = trainingJob(platform, name, {
    AlgorithmSpecification: specification(scikitLearn),
    // As SageMaker's SDK writes them: every value is JSON.
    HyperParameters: {
      sagemaker_program: '"train.py"',
      sagemaker_submit_directory: JSON.stringify(`s3://${bucket}/code/sourcedir.tar.gz`),
      sagemaker_container_log_level: "20",
      ...hyperparameters,
    },
    InputDataConfig: [{ ChannelName: "train", DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://${bucket}/points` } } }],
  });
  await platform.sagemaker.send(new CreateTrainingJobCommand(request));
  return trainingEnd(name);
}

async function trainingEnd(name: string): Promise<DescribeTrainingJobCommandOutput> {
  const read = () => platform.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  await expect.poll(async () => (await read()).TrainingJobStatus, patience).toMatch(/^(Completed|Failed|Stopped)$/);
  return read();
}

async function createEndpoint(name: string, model: string, environment: Record<string, string>): Promise<void> {
  const { sagemaker } = platform;
  const container = { Image: scikitLearn, ModelDataUrl: model, Environment: environment };
  await sagemaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn: role, PrimaryContainer: container }));
  const variant = { VariantName: "primary", ModelName: name, InstanceType: "ml.m5.large" as const, InitialInstanceCount: 1 };
  await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: name, ProductionVariants: [variant] }));
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
}

async function serve(name: string, model: string, environment: Record<string, string>): Promise<void> {
  await createEndpoint(name, model, environment);
  await waitUntilEndpointInService({ client: platform.sagemaker, maxWaitTime: 280, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: name });
}

async function ask(name: string): Promise<unknown> {
  const command = new InvokeEndpointCommand({ EndpointName: name, ContentType: "text/csv", Accept: "application/json", Body: "0,0\n6,6" });
  return JSON.parse((await platform.runtime.send(command)).Body.transformToString());
}

async function putArchive(key: string, files: Readonly<Record<string, string>>): Promise<void> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) archive.entry({ name }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of Readable.from(archive)) chunks.push(chunk as Buffer);
  await platform.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: gzipSync(Buffer.concat(chunks)) }));
}
