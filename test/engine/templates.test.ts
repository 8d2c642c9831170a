import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frameworkOptions } from "../../cli/new/choices";
import { Checkout } from "./support/checkout";

/** Each folder that `slipway new` begins with, in another kind of endpoint or behind another front. */
const models = [
  { name: "flat-rents", argv: ["--framework", "sklearn"] },
  { name: "mails", argv: ["--framework", "text", "--kind", "serverless"] },
  { name: "line", argv: ["--framework", "pretrained", "--front", "none"] },
  { name: "own", argv: ["--framework", "fastapi", "--front", "none"] },
] as const;

describe("models that slipway new has written", () => {
  let checkout: Checkout;

  beforeAll(async () => {
    checkout = await Checkout.create();
    checkout.copy.edit(
      "Pulumi.local.yaml",
      () => "config:\n  aws:region: us-east-1\n  slipway:forceDestroy: true\n  slipway:models:\n    - mails\n",
    );
    for (const { name, argv } of models) {
      const written = await checkout.command("new", name, ...argv);
      expect(written, JSON.stringify(written)).toMatchObject({ exitCode: 0, data: { toAdd: [] } });
    }
    checkout.copy.edit("Pulumi.local.yaml", (text) => text.replace("    - mails\n    - flat-rents", "    - flat-rents"));
  });

  afterAll(() => checkout.remove());

  test("are one of each kind there is", () => {
    expect(models.map(({ argv }) => argv[1])).toEqual(frameworkOptions.map(({ value }) => value));
  });

  test("train and serve at once", async () => {
    const brought = await checkout.up();
    expect(brought, JSON.stringify(brought.error)).toMatchObject({ exitCode: 0, error: null });
  });

  test("answer their samples", async () => {
    const answers = await Promise.all(models.map(async ({ name }) => (await checkout.command("invoke", name)).data as { answer: unknown }));
    expect(answers.map(({ answer }) => answer)).toEqual([
      { rent: expect.closeTo(990, -2.5) as number },
      expect.objectContaining({ label: "delivery" }),
      { y: 7 },
      { y: 7 },
    ]);
  });
});
