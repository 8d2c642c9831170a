import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { describe, expect, test } from "vitest";
import { fetchWhole } from "./fetch-whole";
import type { ModelStack } from "./model-stack";
import { TopicQueue, until } from "./topic-queue";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** What the project's models but Iris answer, whatever runs them: the tests of a stack that has them all. `stack` is asked when they run. */
export function describeAnswers(stack: () => ModelStack): void {
  const refusal = (...args: string[]) => refusalOf(stack(), ...args);

  const sample = (model: string, file: string) => readFileSync(join(stack().copy.root, "models", model, file));

  describe("reviews", () => {
    interface Nearest {
      readonly reviews: readonly { readonly product: string; readonly review: string }[];
    }

    test("finds for three queries the reviews that are about them, by the scripts as they are", async () => {
      expect(await stack().trained("reviews", /reviews=\d+;/)).toBe("reviews=120;");
      const asked = async (query: string) => {
        const { reviews } = JSON.parse(await stack().invoke("reviews", JSON.stringify({ query, n_items: 3 }))) as Nearest;
        return [reviews[0]?.review, reviews.map(({ product }) => product)];
      };
      expect(await asked("fruit smoothies with ice")).toEqual([
        "Crushes ice and frozen berries for smoothies in seconds.",
        ["blender", "blender", "blender"],
      ]);
      expect(await asked("good grip for running on muddy trails")).toEqual([
        "Good grip on wet leaves and mud, my trail running has become faster.",
        ["shoes", "shoes", "shoes"],
      ]);
      expect(await asked("a detective story with a surprising ending")).toEqual([
        "The best detective novel I have read in years, with an ending nobody guesses.",
        ["novel", "novel", "novel"],
      ]);
    });
  });

  describe("summarise", () => {
    const sentences = [
      "Lighthouses were once kept by families who lived beside the lamp.",
      "His lens made a small oil lamp visible from thirty kilometres, and within decades lighthouses around the world had one.",
      "Electric lamps came next, and with them the first lighthouses that needed no keeper at night.",
    ];
    const summary = { summary: sentences.join(" "), sentences, of: 12 };

    test("answers its sample by the command, from no instance", async () => {
      expect(JSON.parse(await stack().invoke("summarise", "@sample"))).toEqual(summary);
    });

    test("is asked by its REST API with a key: accepted at once, and the result fetched when it is there", async () => {
      const { apiUrl = "", apiKeyId } = stack().models().summarise ?? {};
      const key = await (await fetchWhole(`${stack().endpointUrl}/_slipway/api-keys/${apiKeyId}?region=us-east-1`)).text();
      const body = sample("summarise", "sample.json").toString();
      const headers = { "content-type": "application/json", "x-api-key": key };
      expect((await fetchWhole(apiUrl, { method: "POST", headers: { "content-type": "application/json" }, body })).status).toBe(403);
      const accepted = await fetchWhole(apiUrl, { method: "POST", headers, body });
      expect(accepted.status).toBe(202);
      const { location } = (await accepted.json()) as { location: string };
      const state = await until(async () => {
        const answer = (await (await fetchWhole(new URL(location, apiUrl).href, { headers })).json()) as ApiState;
        return answer.status === "pending" ? undefined : answer;
      });
      expect(state.status, JSON.stringify(state)).toBe("completed");
      expect(await (await fetchWhole(state.result?.url ?? "")).json()).toEqual(summary);
    });

    test("tells what a request lacks in FastAPI's own words", async () => {
      expect(await refusal("summarise", '{"title": "No text"}')).toContain("Field required");
    });
  });

  describe("translation", () => {
    /** What a caller of the API gets that sends and wants one media type. */
    const api = async (body: string, type: string): Promise<readonly [number, string | null, string]> => {
      const url = stack().models().translation?.apiUrl ?? "";
      const answer = await fetchWhole(url, { method: "POST", headers: { "content-type": type, accept: type }, body });
      return [answer.status, answer.headers.get("content-type"), await answer.text()];
    };

    test("has learned its phrase book, and some German beyond", async () => {
      expect(await stack().trained("translation", /\baccuracy=[\d.]+;/)).toBe("accuracy=1;");
      const beyond = await stack().trained("translation", /eval_accuracy=[\d.]+;/);
      expect(Number(/[\d.]+/.exec(beyond ?? "")?.[0])).toBeGreaterThan(0.5);
    });

    test("turns Hello world! into Hallo Welt!, asked by the command, by its API and by InvokeEndpoint", async () => {
      expect(JSON.parse(await stack().invoke("translation", "@sample"))).toEqual({ translation: "Hallo Welt!" });
      expect(await api("Hello world!", "text/plain")).toEqual([200, expect.stringMatching(/^text\/plain/), "Hallo Welt!"]);
      const client = new SageMakerRuntimeClient({ endpoint: stack().endpointUrl, region: "us-east-1", credentials });
      const { endpointName: EndpointName } = stack().models().translation ?? {};
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

  describe("whisper", () => {
    test("has learned to tell its words apart", async () => {
      const rate = await stack().trained("whisper", /word_error_rate=[\d.]+;/);
      expect(Number(/[\d.]+/.exec(rate ?? "")?.[0])).toBeLessThanOrEqual(0.05);
    });

    test("transcribes its sample from no instance, and SNS tells so, and of what is no audio that it failed", async () => {
      const queue = await TopicQueue.on(stack().endpointUrl, [
        stack().models().whisper?.successTopicArn,
        stack().models().whisper?.errorTopicArn,
      ]);
      const heard = JSON.parse(await stack().invoke("whisper", "@sample")) as Transcript;
      expect([heard.text, heard.language, heard.duration]).toEqual(["three one four one five", "en", 2.96]);
      expect(heard.segments.map(({ text }) => text)).toEqual(["three", "one", "four", "one", "five"]);
      expect(await refusal("whisper", "three one four", "--content-type", "audio/wav")).toContain("is not a WAV file");
      const told = [await queue.next(), await queue.next()];
      expect(told.map(({ invocationStatus }) => invocationStatus).sort()).toEqual(["Completed", "Failed"]);
    });
  });
}

/** What the command says when it fails, on one line: where it breaks lines hangs on the terminal. */
export async function refusalOf(stack: ModelStack, ...args: string[]): Promise<string> {
  return (await stack.refusal(...args)).replace(/\s+/g, " ");
}

interface ApiState {
  readonly status: string;
  readonly result?: { readonly url: string };
}

interface Transcript {
  readonly text: string;
  readonly language: string;
  readonly duration: number;
  readonly segments: readonly { readonly text: string }[];
}
