import { ModelService, type Platform } from "../../components";

/** Iris species from petal length and width: trained on 150 measured flowers, served in real time. */
export default (platform: Platform) =>
  new ModelService("iris", {
    platform,
    code: "models/iris",
    training: { instanceType: "ml.m5.large", spot: true, maxRuntime: "2h", channels: { train: "models/iris/data" } },
    realtime: { instanceType: "ml.m5.xlarge", instances: { min: 1, max: 4 } },
    api: { path: "/iris" },
  });
