import { describe, expect, it } from "vitest";
import { readNotification } from "../../client/result-queue";
import { Slots } from "../../client/slots";
import { parseLocation } from "../../client/storage";
import { inForm, type StreamForm } from "../../client/stream-forms";

describe("the parts of a stream", () => {
  it.each<[StreamForm, string[], unknown[]]>([
    ["text", ["gr\u00fc"], ["gr", "\u00fc"]],
    ["lines", ["one\r\ntw", "o\n\nlast"], ["one", "two", "", "last"]],
    ["json", ['{"a":', "1}\n\n2\n"], [{ a: 1 }, 2]],
    ["events", ["data: a\n: comment\ndata:b\n", "\nevent: x\n\ndata: c\n\n"], ["a\nb", "c"]],
  ])("as %s are given when they are whole, however they were cut", async (form, content, expected) => {
    const chunks = content.flatMap((part) => (form === "text" ? cutAt(part, 3) : [new TextEncoder().encode(part)]));
    expect(await all(inForm(chunksOf(chunks), form))).toEqual(expected);
  });

  it("that are no JSON are an error with the line", async () => {
    await expect(all(inForm(chunksOf([new TextEncoder().encode("{a}\n")]), "json"))).rejects.toThrow(
      "A line of the answer is not JSON: {a}",
    );
  });
});

describe("turns", () => {
  it("are given first come, first served, and whoever leaves the line loses none of the others theirs", async () => {
    const slots = new Slots(1);
    const never = new AbortController().signal;
    const left = new AbortController();
    const release = await slots.take(never);
    const order: string[] = [];
    const leaving = slots.use(left.signal, async () => order.push("left"));
    const staying = [1, 2].map((number) => slots.use(never, async () => order.push(String(number))));
    left.abort(new Error("gone"));
    await expect(leaving).rejects.toThrow("gone");
    release();
    release();
    await Promise.all(staying);
    expect(order).toEqual(["1", "2"]);
    await expect(slots.use(left.signal, async () => 1)).rejects.toThrow("gone");
  });
});

describe("a notification", () => {
  const message = JSON.stringify({ inferenceId: "i", invocationStatus: "Failed", failureReason: "ClientError: no" });

  it("is read alone and in SNS's envelope", () => {
    const read = { inferenceId: "i", status: "Failed", reason: "ClientError: no" };
    expect([readNotification(message), readNotification(JSON.stringify({ Type: "Notification", Message: message }))]).toEqual([read, read]);
  });

  it("that is something else is passed over", () => {
    expect(["", "{}", "[]", '{"inferenceId":"i"}', '{"Message":"text"}'].map(readNotification)).toEqual(Array(5).fill(undefined));
  });
});

it("a location in S3 has a bucket and a key", () => {
  expect(parseLocation("s3://b/a/c.json")).toEqual({ Bucket: "b", Key: "a/c.json" });
  expect(() => parseLocation("s3://b")).toThrow('got "s3://b"; an object in S3 is s3://bucket/key');
});

function cutAt(content: string, index: number): Uint8Array[] {
  const bytes = new TextEncoder().encode(content);
  return [bytes.subarray(0, index), bytes.subarray(index)];
}

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function all(parts: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const part of parts) found.push(part);
  return found;
}
