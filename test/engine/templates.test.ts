import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frameworkOptions } from "../../cli/new/choices";
import type { ModelDescription } from "../../components";
import { fetchWhole } from "../support/fetch-whole";
import { Checkout } from "./support/checkout";

/** Each folder that `slipway new` begins with, in another kind of endpoint or behind another front. */
const models = [
  { name: "flat-rents", argv: ["--framework", "sklearn"] },
  { name: "leavers", argv: ["--framework", "script", "--front", "rest"] },
  { name: "mails", argv: ["--framework", "text", "--kind", "serverless"] },
  { name: "sounds", argv: ["--framework", "audio", "--front", "http"] },
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

  const file = (path: string) => readFileSync(join(checkout.copy.root, path));

  /** What the stack tells clients of a model. */
  function described(name: (typeof models)[number]["name"]): ModelDescription {
    const state = JSON.parse(file(".slipway/pulumi/.pulumi/stacks/slipway/local.json").toString()) as State;
    const found = state.checkpoint.latest.resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs?.models?.[name];
    if (found === undefined) throw new Error(`the stack has no output of ${name}`);
    return found;
  }

  test("are one of each kind there is", () => {
    expect(models.map(({ argv }) => argv[1])).toEqual(frameworkOptions.map(({ value }) => value));
  });

  test("train and serve at once", async () => {
    const brought = await checkout.up();
    expect(brought, JSON.stringify(brought.error)).toMatchObject({ exitCode: 0, error: null });
  });

  test("answer their samples", async () => {
    const answers: unknown[] = [];
    for (const { name } of models) {
      const { data, error } = await checkout.command("invoke", name);
      answers.push((data as { answer: unknown } | null)?.answer ?? error);
    }
    expect(answers).toEqual([
      { rent: expect.closeTo(990, -2.5) as number },
      expect.objectContaining({ leaves: "yes" }),
      expect.objectContaining({ label: "delivery" }),
      expect.objectContaining({ kind: "bell", seconds: 0.4 }),
      { y: 7 },
      { y: 7 },
    ]);
  });

  test("are asked by a REST API with its key, and without it are not", async () => {
    const { apiUrl = "", apiKeyId } = described("leavers");
    const key = await (await fetchWhole(`http://localhost:${checkout.port}/_slipway/api-keys/${apiKeyId}?region=us-east-1`)).text();
    const body = file("models/leavers/sample.json").toString();
    const ask = (more: Record<string, string>) =>
      fetchWhole(apiUrl, { method: "POST", headers: { "content-type": "application/json", ...more }, body });
    expect((await ask({})).status).toBe(403);
    const answer = await ask({ "x-api-key": key });
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ leaves: "yes" })]);
  });

  test("are asked by an API for what they answer later", async () => {
    const { apiUrl = "", kind } = described("sounds");
    const accepted = await fetchWhole(apiUrl, {
      method: "POST",
      headers: { "content-type": "audio/wav", accept: "application/json" },
      body: file("models/sounds/sample.wav"),
    });
    const { location } = (await accepted.json()) as { location: string };
    expect([kind, accepted.status]).toEqual(["async", 202]);
    let state: ApiState = { status: "pending" };
    for (const deadline = Date.now() + 120_000; state.status === "pending" && Date.now() < deadline; ) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      state = (await (await fetchWhole(new URL(location, apiUrl).href)).json()) as ApiState;
    }
    expect(state.status, JSON.stringify(state)).toBe("completed");
    expect(await (await fetchWhole(state.result?.url ?? "")).json()).toMatchObject({ kind: "bell" });
  });
});

interface ApiState {
  readonly status: string;
  readonly result?: { readonly url: string };
}

interface State {
  readonly checkpoint: {
    readonly latest: {
      readonly resources: readonly {
        readonly type: string;
        readonly outputs?: { readonly models?: Readonly<Record<string, ModelDescription>> };
      }[];
    };
  };
}
