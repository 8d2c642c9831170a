import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { SageMakerClient } from "@aws-sdk/client-sagemaker";
import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { startDaemon } from "../../../local/daemon";
import type { ImageBuild, ImageStore, LocalImage } from "../../../local/images/image-store";
import { ensureLocalTools } from "../../../tools/python/ensure";
import { Created } from "./created";
import { changeSeconds, type Target, target } from "./target";

export const account = target?.account ?? "123456789012";
export const region = target?.region ?? "eu-west-1";
export const bucket = target?.bucket ?? "contract-tests";
export const role = target?.role ?? `arn:aws:iam::${account}:role/execution`;

/** AWS clients as any user has them: pointed at the endpoint, otherwise unchanged. Without an endpoint they are AWS's, with the credentials of the user. */
export function clientsOf(
  endpointUrl: string | undefined,
  credentials = { accessKeyId: "test", secretAccessKey: "test" },
  regionName = region,
): {
  readonly sagemaker: SageMakerClient;
  readonly runtime: SageMakerRuntimeClient;
  readonly s3: S3Client;
  readonly logs: CloudWatchLogsClient;
} {
  const common = { region: regionName, ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl, credentials, maxAttempts: 1 }) };
  return {
    sagemaker: new SageMakerClient(common),
    runtime: new SageMakerRuntimeClient(common),
    s3: new S3Client({ ...common, forcePathStyle: endpointUrl !== undefined }),
    logs: new CloudWatchLogsClient(common),
  };
}

export interface Platform extends ReturnType<typeof clientsOf> {
  readonly endpointUrl: string;
  readonly stateDir: string;
  /** The image made from the folder `fixtures/echo`. */
  readonly image: LocalImage;
  stop(): Promise<void>;
}

export interface StartedPlatform extends Platform {
  /** Builds another of the folders in `fixtures`, under its name. */
  build(fixture: string): Promise<LocalImage>;
  /** Builds any folder, as a repository of that name. */
  buildImage(repository: string, build: Omit<ImageBuild, "imageName">): Promise<LocalImage>;
}

/** A local platform in this process, with the echo image built and a bucket. */
export async function startPlatform(
  runner: "process" | "docker" = "process",
  baseImage?: string,
  /** For other machines to be answered. */
  exposure: { readonly host?: string; readonly token?: string } = {},
): Promise<StartedPlatform> {
  if (target !== undefined) {
    return platformAt(target);
  }
  const stateDir = mkdtempSync(join(tmpdir(), "slipway-contract-"));
  const { venv } = await ensureLocalTools();
  let images: ImageStore | undefined;
  const daemon = await startDaemon({
    stateDir,
    port: 0,
    account,
    region,
    runner,
    version: "test",
    pythonTools: venv,
    ...exposure,
    ...(baseImage === undefined ? {} : { baseImage }),
    startProvider: async (options) => {
      images = options.images;
      return { port: 1, stop: async () => undefined };
    },
  });
  const clients = clientsOf(daemon.record.endpointUrl);
  const buildImage = async (repository: string, build: Omit<ImageBuild, "imageName">): Promise<LocalImage> => {
    const built = await images?.build({ imageName: echoImage.replace("echo", repository), ...build });
    if (built === undefined) {
      throw new Error("the daemon gave no image store");
    }
    return built;
  };
  const build = (fixture: string) => buildImage(fixture, { context: join(__dirname, "..", "fixtures", fixture) });
  const image = await build("echo");
  await clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    ...clients,
    endpointUrl: daemon.record.endpointUrl,
    stateDir,
    image,
    build,
    buildImage,
    stop: async () => {
      await daemon.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** The clients of an account that is there already. */
function platformAt({ image: uri, endpointUrl }: Target): StartedPlatform {
  const clients = clientsOf(endpointUrl);
  const created = new Created(clients.sagemaker);
  const missing = async (): Promise<never> => {
    throw new Error("an image cannot be built where the suite is pointed at; the test file belongs in no list of portable ones");
  };
  return {
    ...clients,
    endpointUrl: endpointUrl ?? "",
    stateDir: "",
    image: { uri, repository: uri.replace(/[:@][^/]*$/, ""), digest: uri.replace(/^.*@/, ""), context: "" },
    build: missing,
    buildImage: missing,
    stop: () => created.delete(),
  };
}

/** How a waiter of the SDK waits. */
export const waiter = { maxWaitTime: changeSeconds, minDelay: 0.1, maxDelay: target === undefined ? 0.5 : 15 } as const;

export const echoImage = `${account}.dkr.ecr.${region}.amazonaws.com/echo:1`;

export async function putText(s3: S3Client, key: string, text: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
}

export async function getBytes(s3: S3Client, uri: string): Promise<Buffer> {
  const key = uri.replace(`s3://${bucket}/`, "");
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** A KMS key as a request names one. */
export const kmsKey = `arn:aws:kms:${region}:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

/** By which key an object is said to be encrypted. */
export async function encryption(s3: S3Client, uri: string): Promise<(string | undefined)[]> {
  const [, Bucket = "", Key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const { ServerSideEncryption, SSEKMSKeyId } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  return [ServerSideEncryption, SSEKMSKeyId];
}

export async function logLines(logs: CloudWatchLogsClient, group: string, stream: string): Promise<string[]> {
  const { events } = await logs.send(new GetLogEventsCommand({ logGroupName: group, logStreamName: stream, startFromHead: true }));
  return (events ?? []).map((event) => event.message ?? "");
}

/** What a job's or endpoint's containers have printed so far, from the file in the state folder. */
export function logFile({ stateDir }: Pick<Platform, "stateDir">, name: string): Promise<string> {
  return readFile(join(stateDir, "logs", `${name}.log`), "utf8").catch(() => "");
}

/** An address of this machine that is not loopback: what comes by it counts as another machine's. */
export function networkAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4")?.address;
}

/** The service error a promise must be rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof Error)) {
    throw new Error("expected an error, and the call succeeded");
  }
  return outcome as Error & Record<string, unknown>;
}
