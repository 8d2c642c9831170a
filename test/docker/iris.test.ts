import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBaseImage } from "../../tools/docker/ensure";
import { IrisPlatform } from "../support/iris";

describe("Iris, brought up by the command with real containers", () => {
  let platform: IrisPlatform;

  beforeAll(async () => {
    const baseImage = await ensureBaseImage();
    platform = new IrisPlatform("docker", baseImage === undefined ? {} : { SLIPWAY_BASE_IMAGE: baseImage });
    await platform.up();
  });

  test("the command, curl on the API's URL and boto3 give the same answer, which names the category", async () => {
    const answer = await platform.byCommand();
    expect(answer.category).toBe("Iris-setosa");
    expect(await platform.byCurl()).toEqual(answer);
    expect(await platform.byBoto3()).toEqual(answer);
  });

  test("status tells the runner, and the model's endpoint in service", async () => {
    const { runner, models } = await platform.status();
    expect([runner, models.iris.state]).toEqual(["docker", "InService"]);
  });

  afterAll(async () => {
    await platform?.down();
    expect(await platform.answers()).toBe(false);
  });
});
