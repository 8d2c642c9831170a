import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { CreateRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateModelCommand,
  CreateTrainingJobCommand,
  DeleteModelCommand,
  DescribeModelCommand,
  DescribeTrainingJobCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, expect, test } from "vitest";
import { buildDaemon, DaemonFolder } from "../support/daemon-process";
import { invoke } from "../support/hosting";
import { trainingEnd } from "../support/jobs";
import { bucket, clientsOf, logFile, type Platform, putText, region, rejection, role } from "../support/platform";
import { createEndpoint, trainingJob } from "../support/requests";
import { rested } from "./deployment-loop";
import { filesBelow, killHard } from "./support";

const patience = { timeout: 90_000, interval: 50 };
const folder = new DaemonFolder();
const mounted = mount();

afterAll(async () => {
  await folder.remove().catch(() => undefined);
  if (mounted === undefined) {
    execFileSync("umount", ["--lazy", folder.stateDir]);
  }
  rmSync(folder.stateDir, { recursive: true, force: true });
});

/** Puts a small file system in the state folder's place; why that cannot be, `undefined` when it is done. */
function mount(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    return "only root can mount a small file system";
  }
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m,mode=700", "tmpfs", folder.stateDir], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `this machine lets no file system be mounted: ${String(error).trim()}`;
  }
}

const filler = join(folder.stateDir, "filler");

/** Takes what is left of the disk, to the last byte. */
function fill(): void {
  const file = openSync(filler, "a");
  try {
    for (let size = 1024 * 1024; size >= 1; size = size > 1 ? Math.floor(size / 2) : 0) {
      try {
        for (;;) {
          writeSync(file, Buffer.alloc(size));
        }
      } catch {
        // Then a smaller piece.
      }
    }
  } finally {
    closeSync(file);
  }
}

function platformOf(endpointUrl: string, image: Platform["image"]): Platform {
  return { ...clientsOf(endpointUrl), image, endpointUrl, stateDir: folder.stateDir, stop: async () => undefined };
}

function roles(endpoint: string): IAMClient {
  return new IAMClient({ endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" }, maxAttempts: 1 });
}

function createModel({ sagemaker, image }: Platform, name: string) {
  return sagemaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn: role, PrimaryContainer: { Image: image.uri } }));
}

/** The error of a model that cannot be stored. Somebody may just have removed a file: then the disk is filled again. */
async function refusedModel(platform: Platform, name: string): Promise<Error> {
  for (;;) {
    fill();
    const error: unknown = await createModel(platform, name).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof Error) {
      return error;
    }
    await platform.sagemaker.send(new DeleteModelCommand({ ModelName: name }));
  }
}

/** Every record on disk, as text: each must be JSON. */
function records(): Map<string, string> {
  const base = join(folder.stateDir, "sagemaker", region);
  const files = filesBelow(base).sort();
  const texts = files.map((file): [string, string] => [file, readFileSync(join(base, file), "utf8")]);
  for (const [file, text] of texts) {
    expect(() => JSON.parse(text), file).not.toThrow();
  }
  return new Map(texts);
}

test.skipIf(mounted !== undefined)(
  "a full disk: what cannot be stored is refused, nothing stored is lost, and all goes on when there is space",
  async () => {
    buildDaemon();
    const image = await folder.buildImage();
    const first = await folder.start();
    const { endpointUrl } = first.record;
    const platform = platformOf(endpointUrl, image);
    const { sagemaker, s3 } = platform;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await putText(s3, "kept.txt", "kept");
    await roles(endpointUrl).send(new CreateRoleCommand({ RoleName: "kept-role", AssumeRolePolicyDocument: "{}" }));
    await createEndpoint(platform, "steady");
    await rested(sagemaker, "steady");
    await createModel(platform, "kept");
    await sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "running", { HyperParameters: { fault: "hang" } })));
    const secondary = async () => (await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "running" }))).SecondaryStatus;
    await expect.poll(secondary, patience).toBe("Training");
    // Its program writes when it starts, which on a full disk would end it.
    await expect.poll(() => logFile(platform, "running"), patience).toContain("hanging");
    const iamState = () => readFileSync(join(folder.stateDir, "ministack", "state", "iam.json"), "utf8");
    await expect.poll(iamState, patience).toContain("kept-role");
    const before = records();

    fill();
    const refused = await refusedModel(platform, "refused");
    expect(refused.name).toBe("InternalFailure");
    expect(refused.message).toContain(join(folder.stateDir, "sagemaker", region, "models"));
    expect(refused.message).toContain("its disk is full (ENOSPC)");
    const absent = await rejection(sagemaker.send(new DescribeModelCommand({ ModelName: "refused" })));
    expect(absent.message).toContain("Could not find model");
    const large = new PutObjectCommand({ Bucket: bucket, Key: "large.bin", Body: Buffer.alloc(4 * 1024 * 1024, "x") });
    const upload = await rejection(s3.send(large));
    expect(upload.name).toBe("InternalError");
    expect(upload.message).toBe(`nothing can be written in ${join(folder.stateDir, "ministack", "s3")}: No space left on device`);
    const overwriting = new PutObjectCommand({ Bucket: bucket, Key: "kept.txt", Body: Buffer.alloc(4 * 1024 * 1024, "y") });
    expect((await rejection(s3.send(overwriting))).name).toBe("InternalError");
    const still = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "kept.txt" }));
    expect(await still.Body?.transformToString()).toBe("kept");
    await roles(endpointUrl)
      .send(new CreateRoleCommand({ RoleName: "late-role", AssumeRolePolicyDocument: "{}" }))
      .catch(() => undefined);
    expect(records()).toEqual(before);

    // Containers serve, end and come back, whatever cannot be written down.
    const { pid } = await invoke(platform, "steady");
    process.kill(-pid, "SIGKILL");
    await expect
      .poll(
        () =>
          invoke(platform, "steady").then(
            (answer) => answer.pid !== pid,
            () => false,
          ),
        patience,
      )
      .toBe(true);
    expect(first.child.exitCode).toBeNull();

    rmSync(filler);
    await createModel(platform, "refused");
    await s3.send(large);
    expect((await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "running" }))).TrainingJobStatus).toBe("InProgress");
    await sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "refused")));
    expect((await trainingEnd(platform, "refused")).TrainingJobStatus).toBe("Completed");

    fill();
    await killHard(first.child);
    rmSync(filler);
    const second = await folder.start();
    const again = platformOf(second.record.endpointUrl, image);
    await rested(again.sagemaker, "steady");
    expect((await invoke(again, "steady")).version).toBe("steady");
    for (const ModelName of ["kept", "refused", "steady"]) {
      expect((await again.sagemaker.send(new DescribeModelCommand({ ModelName }))).ModelName).toBe(ModelName);
    }
    const { Body } = await again.s3.send(new GetObjectCommand({ Bucket: bucket, Key: "kept.txt" }));
    expect(await Body?.transformToString()).toBe("kept");
    const found = await again.s3.send(new GetObjectCommand({ Bucket: bucket, Key: "large.bin" }));
    expect(found.ContentLength).toBe(4 * 1024 * 1024);
    const kept = await roles(second.record.endpointUrl).send(new GetRoleCommand({ RoleName: "kept-role" }));
    expect(kept.Role?.RoleName).toBe("kept-role");
  },
);
