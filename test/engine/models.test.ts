import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeAnswers, refusalOf } from "../support/model-answers";
import { ModelStack } from "../support/model-stack";

/** All but Iris, which has tests of its own. */
const names = ["reviews", "summarise", "translation", "whisper"];

describe("the project's models, trained and served on one local stack", () => {
  let stack: ModelStack;

  beforeAll(async () => {
    stack = await ModelStack.create(names, "process");
    await stack.up();
  });
  afterAll(() => stack?.down());

  test("are those of the local stack's list; another is not taken for failed, and the command says how it is added", async () => {
    expect(Object.keys(stack.models()).sort()).toEqual(names);
    expect((await stack.status()).sort()).toEqual(names.map((name) => `${name} InService`));
    const added = 'add "- iris" below slipway:models in Pulumi.local.yaml, then npx slipway local up';
    expect(await refusalOf(stack, "iris")).toContain(added);
  });

  describeAnswers(() => stack);
});
