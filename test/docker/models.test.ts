import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBaseImage } from "../../tools/docker/ensure";
import { fetchWhole } from "../support/fetch-whole";
import { describeAnswers } from "../support/model-answers";
import { ModelStack } from "../support/model-stack";

const names = ["iris", "reviews", "summarise", "translation", "whisper"];

describe("the project's models, built, trained and served in real containers on one local stack", () => {
  let stack: ModelStack;

  beforeAll(async () => {
    const baseImage = await ensureBaseImage();
    stack = await ModelStack.create(names, "docker", baseImage === undefined ? {} : { SLIPWAY_BASE_IMAGE: baseImage });
    await stack.up();
  });

  test("are all in service, with the runner that was asked for", async () => {
    expect(await stack.runnerShown()).toBe("docker");
    expect((await stack.status()).sort()).toEqual(names.map((name) => `${name} InService`));
  });

  describe("iris", () => {
    test("names the category of its sample, asked by the command and by its API", async () => {
      const answer = JSON.parse(await stack.invoke("iris", "@sample")) as { readonly category: string };
      expect(answer.category).toBe("Iris-setosa");
      const headers = { "content-type": "application/json" };
      const body = stack.copy.read("models/iris/sample.json");
      expect(await (await fetchWhole(stack.models().iris?.apiUrl ?? "", { method: "POST", headers, body })).json()).toEqual(answer);
    });
  });

  test("say what stands for AWS's image, which Docker cannot pull without a login", async () => {
    const told = await stack.trained("reviews", /^.*stands for AWS's scikit-learn 1\.2\.1.*$/m);
    expect(told).toMatch(/scikit-learn 1\.2\.\d with Python 3\.\d+ stands for AWS's scikit-learn 1\.2\.1;/);
  });

  describeAnswers(() => stack);

  afterAll(async () => {
    await stack?.down();
    expect(await stack?.answers()).toBe(false);
  });
});
