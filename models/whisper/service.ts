import { ModelService, type ModelServiceArgs, type Platform } from "../../components";

/** `small` is trained here and knows ten words; `large` is OpenAI's Whisper large-v3, on a GPU. */
export type Weights = "small" | "large";

const weights: Weights = "small";

const sources = {
  small: {
    code: "models/whisper",
    training: {
      instanceType: "ml.m5.large",
      maxRuntime: "30m",
      channels: { train: "models/whisper/data/train", eval: "models/whisper/data/eval" },
      // One thread adds numbers up in one order: the same weights on a machine with any number of cores, and no slower for arrays this small.
      environment: { OPENBLAS_NUM_THREADS: "1" },
    },
  },
  large: {
    code: "models/whisper/large",
    baseImage: "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04",
    aptPackages: ["python3", "python3-venv"],
  },
} as const satisfies Record<Weights, Partial<ModelServiceArgs>>;

/** Speech to text: recordings wait in a queue, results come by S3 and SNS, and while nothing waits there is no instance to pay for. */
export const whisper = (platform: Platform, chosen: Weights) =>
  new ModelService("whisper", {
    platform,
    ...sources[chosen],
    async: {
      instanceType: chosen === "large" ? "ml.g5.xlarge" : "ml.m5.large",
      instances: { min: 0, max: 1, backlogPerInstance: 1, scaleOutCooldown: "2m", scaleInCooldown: "2m" },
      maxConcurrentInvocationsPerInstance: 1,
      notifications: {},
      ...(chosen === "large" ? { startupTimeout: "15m" } : {}),
    },
    environment: {
      SAGEMAKER_MODEL_SERVER_TIMEOUT: "900",
      SLIPWAY_MAX_BODY_BYTES: "209715200",
    },
    contentTypes: ["audio/wav"],
  });

export default (platform: Platform) => whisper(platform, weights);
