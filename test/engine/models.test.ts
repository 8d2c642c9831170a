import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { ModelStack } from "../support/model-stack";

/** All but Iris, which has tests of its own. */
const names = ["translation"];

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

describe("the project's models, trained and served on one local stack", () => {
  let stack: ModelStack;

  beforeAll(async () => {
    stack = await ModelStack.create(names, "process");
    await stack.up();
  });
  afterAll(() => stack?.down());

  test("are those of the local stack's list; another is not taken for failed, and the command says how it is added", async () => {
    expect(Object.keys(stack.models()).sort()).toEqual([...names].sort());
    expect(await stack.status()).toEqual(names.map((name) => `${name} InService`));
    expect((await stack.refusal("iris")).replace(/\s+/g, " ")).toContain(
      'add "- iris" below slipway:models in Pulumi.local.yaml, then npx slipway local up',
    );
  });

  describe("translation", () => {
    /** What a caller of the API gets that sends and wants one media type. */
    const api = async (body: string, type: string): Promise<readonly [number, string | null, string]> => {
      const url = stack.models().translation?.apiUrl ?? "";
      const answer = await fetchWhole(url, { method: "POST", headers: { "content-type": type, accept: type }, body });
      return [answer.status, answer.headers.get("content-type"), await answer.text()];
    };

    test("has learned its phrase book, and some German beyond", async () => {
      expect(await stack.trained("translation", /\baccuracy=[\d.]+;/)).toBe("accuracy=1;");
      const beyond = await stack.trained("translation", /eval_accuracy=[\d.]+;/);
      expect(Number(/[\d.]+/.exec(beyond ?? "")?.[0])).toBeGreaterThan(0.5);
    });

    test("turns Hello world! into Hallo Welt!, asked by the command, by its API and by InvokeEndpoint", async () => {
      expect(JSON.parse(await stack.invoke("translation", "@sample"))).toEqual({ translation: "Hallo Welt!" });
      expect(await api("Hello world!", "text/plain")).toEqual([200, expect.stringMatching(/^text\/plain/), "Hallo Welt!"]);
      const client = new SageMakerRuntimeClient({ endpoint: stack.endpointUrl, region: "us-east-1", credentials });
      const { endpointName: EndpointName } = stack.models().translation ?? {};
      const answer = await client.send(new InvokeEndpointCommand({ EndpointName, ContentType: "text/plain", Body: "Hello world!" }));
      expect([answer.ContentType, Buffer.from(answer.Body).toString()]).toEqual([expect.stringMatching(/^text\/plain/), "Hallo Welt!"]);
    });

    test("keeps umlauts, and the order of sentences", async () => {
      const english = "Good morning! How are you? It is early. See you later!";
      const german = "Guten Morgen! Wie geht es Ihnen? Es ist früh. Bis später!";
      expect(await api(JSON.stringify({ text: english }), "application/json")).toEqual([
        200,
        expect.stringMatching(/^application\/json/),
        JSON.stringify({ translation: german }),
      ]);
      expect((await api(english, "text/plain"))[2]).toBe(german);
    });

    test("tells a caller what its request lacks", async () => {
      const [status, , body] = await api('{"txt": "Hello world!"}', "application/json");
      expect([status, body]).toEqual([422, expect.stringContaining("text: received no such field")]);
    });
  });
});
