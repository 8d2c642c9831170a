import { ModelService, type Platform } from "../../components";

/** Summaries of articles: a FastAPI image without the kit, behind a queue and a REST API whose callers send a key. No instance stands by while nothing waits. */
export default (platform: Platform) =>
  new ModelService("summarise", {
    platform,
    build: {
      context: "models/summarise",
      process: { serve: ["uvicorn", "app:app", "--host", "127.0.0.1", "--port", "{port}"] },
    },
    modelData: "models/summarise/artifact",
    environment: { MODEL_DIR: "/opt/ml/model" },
    async: {
      instanceType: "ml.m5.large",
      instances: { min: 0, max: 4, oldestRequestAge: "60s", scaleInCooldown: "30s" },
      notifications: { includeResponseIn: ["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"] },
    },
    api: { kind: "rest", apiKey: true, path: "/summarise", usagePlan: { quota: { requests: 10_000, period: "DAY" } } },
  });
