import { ModelService, type Platform } from "../../components";

/** English to German: a small Transformer trained on a phrase book, decoded by CTranslate2, in containers that come with the requests. */
export default (platform: Platform) =>
  new ModelService("translation", {
    platform,
    code: "models/translation",
    training: {
      instanceType: "ml.m5.large",
      maxRuntime: "30m",
      channels: { train: "models/translation/data/train", eval: "models/translation/data/eval" },
      // One thread adds numbers up in one order: the same weights on a machine with any number of cores, and no slower for arrays this small.
      environment: { OPENBLAS_NUM_THREADS: "1" },
    },
    serverless: { memorySizeInMb: 2048, maxConcurrency: 10 },
    api: { path: "/translate" },
    contentTypes: ["text/plain", "application/json"],
  });
