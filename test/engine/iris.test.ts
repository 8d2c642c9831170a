import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IrisPlatform } from "../support/iris";

describe("Iris, brought up by the command with containers as processes", () => {
  const platform = new IrisPlatform("process");
  let printed: string;

  beforeAll(async () => {
    printed = await platform.up();
  });

  test("a second start changes nothing, and says so", async () => {
    expect(printed).not.toContain("nothing changed");
    expect(await platform.up()).toContain("nothing changed");
  });

  test("the command, curl on the API's URL and boto3 give the same answer, which names the category", async () => {
    const answer = await platform.byCommand();
    expect(answer.category).toBe("Iris-setosa");
    expect(Object.keys(answer.probabilities)).toEqual(["Iris-setosa", "Iris-versicolor", "Iris-virginica"]);
    expect(await platform.byCurl()).toEqual(answer);
    expect(await platform.byBoto3()).toEqual(answer);
  });

  test("on another port, the platform gives out URLs that answer there", async () => {
    const before = await platform.status();
    await platform.move();
    const { models } = await platform.status();
    expect(models.iris.apiUrl).not.toBe(before.models.iris.apiUrl);
    expect((await platform.byCurl()).category).toBe("Iris-setosa");
  });

  test("status tells the runner, and the model's endpoint in service", async () => {
    const { runner, models } = await platform.status();
    expect([runner, models.iris.state]).toEqual(["process", "InService"]);
  });

  afterAll(async () => {
    await platform.down();
    expect(await platform.answers()).toBe(false);
  });
});
