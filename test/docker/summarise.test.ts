import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../tools/package-root";
import { fetchWhole } from "../support/fetch-whole";
import { baseImage, build, docker } from "./support/kit-image";

const tag = "slipway-test/summarise";
const model = join(packageRoot(), "models", "summarise");

describe("the image of summarise, built by its own Dockerfile without the kit", () => {
  let container = "";
  beforeAll(async () => {
    build(tag, model, { BASE_IMAGE: await baseImage() });
    // Started as SageMaker does: with the argument `serve`, and the model's data in place.
    const data = ["--volume", `${join(model, "artifact")}:/opt/ml/model:ro`, "--env", "MODEL_DIR=/opt/ml/model"];
    container = docker(["run", "--detach", "--publish", "127.0.0.1::8080", ...data, tag, "serve"]);
  });
  afterAll(() => {
    if (container !== "") docker(["rm", "--force", container]);
    docker(["image", "rm", "--force", tag]);
  });

  it("is healthy once its settings are read, and summarises the sample", async () => {
    const address = `http://${docker(["port", container, "8080"]).split("\n")[0]}`;
    for (const deadline = Date.now() + 120_000; ; await sleep(100)) {
      const status = await fetchWhole(`${address}/ping`).then(
        (answer) => answer.status,
        (error: unknown) => String(error),
      );
      if (status === 200) break;
      if (Date.now() > deadline) throw new Error(`/ping answers ${status}\n${docker(["logs", container])}`);
    }
    const headers = { "content-type": "application/json" };
    const body = readFileSync(join(model, "sample.json"));
    const answer = await fetchWhole(`${address}/invocations`, { method: "POST", headers, body });
    const { sentences, of } = (await answer.json()) as { sentences: readonly string[]; of: number };
    expect([answer.status, of, sentences.length, sentences[0]]).toEqual([
      200,
      12,
      3,
      "Lighthouses were once kept by families who lived beside the lamp.",
    ]);
  });
});
