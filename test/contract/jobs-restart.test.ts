import { once } from "node:events";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateModelCommand,
  CreateProcessingJobCommand,
  CreateTransformJobCommand,
  DescribeProcessingJobCommand,
  DescribeTransformJobCommand,
  ListProcessingJobsCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDaemon, DaemonFolder } from "./support/daemon-process";
import { until } from "./support/jobs";
import { bucket, clientsOf, logFile, role } from "./support/platform";

const folder = new DaemonFolder();

beforeAll(() => buildDaemon());
afterAll(() => folder.remove());

test("after kill -9, jobs that ended are as they were, and those that ran are Failed with the reason and leave no process", async () => {
  const image = await folder.buildImage();
  const first = await folder.start();
  const { sagemaker, s3 } = clientsOf(first.record.endpointUrl);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "rows/a.csv", Body: "1,2" }));
  const processing = (name: string, code: string) =>
    sagemaker.send(
      new CreateProcessingJobCommand({
        ProcessingJobName: name,
        RoleArn: role,
        AppSpecification: { ImageUri: image.uri, ContainerEntrypoint: ["python3", "-c"], ContainerArguments: [code] },
        ProcessingResources: { ClusterConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 } },
      }),
    );
  const status = async (name: string) =>
    (await sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }))).ProcessingJobStatus;
  await processing("done", "print('done')");
  await until(() => status("done"), "Completed");
  await processing("running", "import time; print('hanging', flush=True); time.sleep(600)");
  const environment = { TRANSFORM: "hang" };
  await sagemaker.send(
    new CreateModelCommand({
      ModelName: "hangs",
      ExecutionRoleArn: role,
      PrimaryContainer: { Image: image.uri, Environment: environment },
    }),
  );
  await sagemaker.send(
    new CreateTransformJobCommand({
      TransformJobName: "hangs",
      ModelName: "hangs",
      TransformInput: { DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://${bucket}/rows/` } } },
      TransformOutput: { S3OutputPath: `s3://${bucket}/out` },
      TransformResources: { InstanceType: "ml.m5.large", InstanceCount: 1 },
    }),
  );
  for (const name of ["running", "hangs"]) {
    await until(() => logFile(folder, name).then((text) => text.includes("hanging")), true);
  }
  const ended = once(first.child, "exit");
  first.child.kill("SIGKILL");
  await ended;
  const orphans = folder.processes();

  const second = await folder.start();
  expect(folder.processes().filter((pid) => orphans.includes(pid))).toEqual([]);
  const later = clientsOf(second.record.endpointUrl).sagemaker;
  const job = await later.send(new DescribeProcessingJobCommand({ ProcessingJobName: "running" }));
  const transform = await later.send(new DescribeTransformJobCommand({ TransformJobName: "hangs" }));
  const reason = "InternalServerError: The local endpoint was killed while this job ran. Start the job again under a new name.";
  expect([job.ProcessingJobStatus, job.FailureReason]).toEqual(["Failed", reason]);
  expect([transform.TransformJobStatus, transform.FailureReason]).toEqual(["Failed", reason]);
  const { ProcessingJobSummaries } = await later.send(new ListProcessingJobsCommand({ StatusEquals: "Completed" }));
  expect(ProcessingJobSummaries?.map(({ ProcessingJobName }) => ProcessingJobName)).toEqual(["done"]);
});
