import { ModelService, type Platform } from "../../components";

/** Reviews nearest in meaning to a query: SageMaker's script mode on AWS's scikit-learn image, with nothing of Slipway in the scripts. */
export default (platform: Platform) =>
  new ModelService("reviews", {
    platform,
    framework: { name: "sklearn", version: "1.2-1" },
    sourceDir: "models/reviews",
    training: {
      instanceType: "ml.m5.large",
      spot: true,
      maxRuntime: "30m",
      channels: { train: "models/reviews/data/train", eval: "models/reviews/data/eval" },
      hyperparameters: { dimensions: "60", seed: "7" },
      // One thread adds numbers up in one order: the same vectors on a machine with any number of cores.
      environment: { OPENBLAS_NUM_THREADS: "1" },
    },
    realtime: { instanceType: "ml.m5.large", instances: { min: 1, max: 3, requestsPerSecond: 20 } },
  });
