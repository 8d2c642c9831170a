import { amount, type Check, type Checks, count, type Excluded, join, object, required, show } from "../arguments";
import type { Problems } from "../errors/problems";

/** How provisioned concurrency follows the load. */
export interface ProvisionedScalingArgs {
  /** Most provisioned concurrency. Greater than `provisionedConcurrency`, which is the least, at most `maxConcurrency`. */
  max: number;
  /** Share of the provisioned concurrency in use that scaling aims at. Range 0.1 to 0.9, default 0.5. */
  utilization?: number;
}

/** A serverless endpoint: containers come with the requests and go without them. */
export interface ServerlessArgs {
  /** Memory of each container in MB: 1024, 2048, 3072, 4096, 5120 or 6144. Processors come with it. */
  memorySizeInMb: number;
  /** Requests answered at a time; more are refused. Range 1 to 200. */
  maxConcurrency: number;
  /** Requests at a time that find a container ready, without a cold start. Range 1 to `maxConcurrency`; none when left out. */
  provisionedConcurrency?: number;
  /** Let provisioned concurrency follow the load, from `provisionedConcurrency` up. */
  provisionedScaling?: ProvisionedScalingArgs;
}

const memorySizes = [1024, 2048, 3072, 4096, 5120, 6144];

const memorySize: Check = (value, path, problems) => {
  if (typeof value !== "number" || !memorySizes.includes(value)) {
    problems.add(path, `got ${show(value)}; allowed are ${memorySizes.join(", ")}, in MB`);
  }
};

export const provisionedScalingChecks: Checks<ProvisionedScalingArgs> = {
  max: required(count(2, 200)),
  utilization: amount(0.1, 0.9),
};

export const serverlessChecks: Checks<ServerlessArgs> = {
  memorySizeInMb: required(memorySize),
  maxConcurrency: required(count(1, 200)),
  provisionedConcurrency: count(1, 200),
  provisionedScaling: object(provisionedScalingChecks),
};

const noInstances = "a serverless endpoint has no instances of its own: remove it, or serve with realtime";

/** What AWS does not have for serverless endpoints (https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html). */
export const serverlessExclusions: Excluded = {
  instanceType: noInstances,
  instances: noInstances,
  volumeSizeInGb: noInstances,
  routing: noInstances,
  startupTimeout: "AWS gives a serverless container 3 minutes and lets nobody change that: remove it, or serve with realtime",
  downloadTimeout: "AWS gives a serverless container 3 minutes and lets nobody change that: remove it, or serve with realtime",
  networkIsolation: "AWS does not isolate serverless containers: remove it, or serve with realtime",
  dataCapture: "AWS does not capture the data of serverless endpoints: remove it, or serve with realtime",
  variants: "a serverless endpoint has one variant: remove it, or serve with realtime",
  weight: "a serverless endpoint has one variant: remove it, or serve with realtime",
  shadow: "AWS has no shadow variants for serverless endpoints: remove it, or serve with realtime",
  rollout: "AWS moves serverless endpoints all at once: remove it, or serve with realtime",
  inferenceAmiVersion: noInstances,
  managedInstanceScaling: noInstances,
};

/** Rules between arguments. */
export function checkServerlessRules(args: ServerlessArgs, path: string, problems: Problems): void {
  const { maxConcurrency: most, provisionedConcurrency: least, provisionedScaling: scaling } = args;
  if (typeof least === "number" && typeof most === "number" && least > most) {
    problems.add(join(path, "provisionedConcurrency"), `got ${least}; it must be at most maxConcurrency, ${most}`);
  }
  if (typeof scaling !== "object" || scaling === null) {
    return;
  }
  const { max } = scaling;
  if (least === undefined) {
    problems.add(
      join(path, "provisionedConcurrency"),
      `is missing; with provisionedScaling it is the least provisioned concurrency: give 1 to ${show(max)}, or remove provisionedScaling`,
    );
  } else if (typeof max === "number" && typeof least === "number" && max <= least) {
    problems.add(join(path, "provisionedScaling.max"), `got ${max}; it must be greater than provisionedConcurrency, ${least}`);
  }
  if (typeof max === "number" && typeof most === "number" && max > most) {
    problems.add(join(path, "provisionedScaling.max"), `got ${max}; it must be at most maxConcurrency, ${most}`);
  }
}

/** Built for a GPU, by its name: a CUDA base image, or one of AWS's images with `gpu` or `cu121` in the tag. */
const gpuImage = /(^|[^a-z0-9])(gpu|cuda|cu1\d{1,2})([^a-z0-9]|$)/i;

/** Rules between a serverless endpoint and the image and data it serves; each only when it is known. */
export function checkServerlessContent(
  {
    images,
    modelData,
    hasNetwork,
  }: { images: Readonly<Record<string, unknown>>; modelData: Readonly<Record<string, unknown>>; hasNetwork: boolean },
  problems: Problems,
): void {
  for (const [path, image] of Object.entries(images)) {
    if (typeof image === "string" && gpuImage.test(image)) {
      problems.add(
        path,
        `got ${show(image)}, an image for GPUs; serverless endpoints have none: give an image for processors, or serve with realtime or async`,
      );
    }
  }
  for (const [path, uri] of Object.entries(modelData)) {
    if (typeof uri === "string" && uri.startsWith("s3://") && !uri.endsWith(".tar.gz")) {
      problems.add(path, `got ${show(uri)}; a serverless endpoint takes model data as s3://<bucket>/<key>.tar.gz only`);
    }
  }
  if (hasNetwork) {
    problems.add("serverless", serverlessInNetwork);
  }
}

/** Also said by what learns only later that the platform has a network. */
export const serverlessInNetwork =
  "is given on a platform with a network, and AWS has no serverless endpoints in a VPC: serve with realtime or async, or put the model into a platform without network";
