import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AwsClients, awsClients } from "../../../components/aws/clients";
import type { Clock } from "../../../components/aws/polling";
import { GateError } from "../../../components/errors/gate-error";
import { awaitTraining } from "../../../components/training/training-gate";
import { FakeAws } from "../../support/fake-aws";

const access = { region: "eu-central-1", accountId: "123456789012", profile: undefined, roleArn: undefined };

let tests = 0;

describe("the gate of a training job", () => {
  let aws: FakeAws;
  let clients: AwsClients;
  let told: string[];
  beforeEach(async () => {
    aws = await FakeAws.start();
    // Clients are kept per program and access; each test has an endpoint of its own.
    clients = await awsClients({ ...access, region: `eu-central-${++tests}` });
    told = [];
  });
  afterEach(() => aws.stop());

  /** Time passes only by sleeping; `then` changes the job while the gate sleeps. */
  function clock(then: () => void = () => {}): Clock {
    let now = 0;
    return {
      now: () => now,
      sleep: (milliseconds) => {
        now += milliseconds;
        then();
        return Promise.resolve();
      },
    };
  }

  test("opens with the model's place when the job has completed", async () => {
    aws.jobs.set("iris-1", {
      TrainingJobStatus: "Completed",
      ModelArtifacts: { S3ModelArtifacts: "s3://bucket/iris-1/output/model.tar.gz" },
    });
    const end = await awaitTraining("iris-1", clients, (line) => told.push(line), clock());
    expect(end).toEqual({ kind: "completed", modelDataUrl: "s3://bucket/iris-1/output/model.tar.gz" });
    expect(told).toEqual([]);
  });

  test("tells each change of status once while it waits", async () => {
    const steps = [
      { TrainingJobStatus: "InProgress", SecondaryStatus: "Downloading" },
      { TrainingJobStatus: "InProgress", SecondaryStatus: "Downloading" },
      {
        TrainingJobStatus: "InProgress",
        SecondaryStatus: "Training",
        SecondaryStatusTransitions: [{ Status: "Training", StatusMessage: "Image download completed", StartTime: 1 }],
      },
      { TrainingJobStatus: "Completed", SecondaryStatus: "Completed" },
    ];
    const next = () => aws.jobs.set("iris-1", steps.shift() ?? {});
    next();
    await awaitTraining("iris-1", clients, (line) => told.push(line), clock(next));
    expect(told).toEqual(["training job iris-1: Downloading", "training job iris-1: Training, Image download completed"]);
  });

  test("stays shut on a failed job, with the reason, the log and the cure", async () => {
    aws.jobs.set("iris-1", { TrainingJobStatus: "Failed", FailureReason: "AlgorithmError: KeyError: 'petal_lenght' (model.py:21 in fit)" });
    aws.logs.set("/aws/sagemaker/TrainingJobs", ["epoch 1", "KeyError: 'petal_lenght'"]);
    const end = await awaitTraining("iris-1", clients, (line) => told.push(line), clock());
    expect(end).toEqual({
      kind: "failed",
      message: [
        "SLIP-2101 training job iris-1 failed: AlgorithmError: KeyError: 'petal_lenght' (model.py:21 in fit)",
        "  log  epoch 1",
        "  log  KeyError: 'petal_lenght'",
        "  fix  Read the failure reason and the log lines shown; correct model.py (or its data) and run again: a new attempt starts by itself.",
        "  more log group /aws/sagemaker/TrainingJobs, streams iris-1/",
      ].join("\n"),
    });
  });

  test("stays shut on a stopped job that gives no reason and has no log", async () => {
    aws.jobs.set("iris-1", { TrainingJobStatus: "Stopped" });
    const end = await awaitTraining("iris-1", clients, (line) => told.push(line), clock());
    expect(end).toMatchObject({
      kind: "failed",
      message: expect.stringMatching(/^SLIP-2101 training job iris-1 was stopped: SageMaker gives no reason\n {2}fix/),
    });
  });

  test("does not wait for a job that does not exist", async () => {
    await expect(awaitTraining("iris-1", clients, (line) => told.push(line), clock())).rejects.toThrow("Requested resource not found");
  });
});

describe("the error of a gate", () => {
  test("prints as its message, not as the resource it holds", () => {
    const error = new GateError("SLIP-2101 it failed", {} as pulumi.Resource);
    expect(inspect(error)).toBe("SLIP-2101 it failed");
    expect(pulumi.ResourceError.isInstance(error)).toBe(true);
    expect(error.hideStack).toBe(true);
  });
});

describe("the account of a gate", () => {
  test("must be the one the provider deploys to", async () => {
    const aws = await FakeAws.start();
    await expect(awsClients({ ...access, accountId: "999999999999" })).rejects.toThrow(
      "SLIP-6001 the AWS credentials of this program belong to account 123456789012, but the AWS provider deploys to account 999999999999; " +
        "set the platform's profile or roleArn to credentials of account 999999999999",
    );
    await aws.stop();
  });
});
