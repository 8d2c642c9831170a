import type { DataCaptureConfig } from "@aws-sdk/client-sagemaker";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DataCapture } from "../../../local/hosting/data-capture";
import { defaultSettings, type HostingSettings } from "../../../local/hosting/hosting-settings";
import { MemoryStorage } from "./support/hosting";

const forever = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function newCapture(more: Partial<DataCaptureConfig> = {}, settings: Partial<HostingSettings> = {}) {
  const storage = new MemoryStorage();
  const lines: string[] = [];
  const config: DataCaptureConfig = {
    InitialSamplingPercentage: 100,
    DestinationS3Uri: "s3://bucket/some/prefix/",
    CaptureOptions: [{ CaptureMode: "Input" }, { CaptureMode: "Output" }],
    CaptureContentTypeHeader: { CsvContentTypes: ["text/csv"], JsonContentTypes: ["application/json"] },
    ...more,
  };
  const services = {
    storage,
    settings: { ...defaultSettings, captureFlush: forever, ...settings },
    log: (line: string) => lines.push(line),
  };
  return { storage, lines, capture: new DataCapture(config, "iris", services) };
}

/** One request and its answer in two parts. */
function pass(
  capture: DataCapture,
  headers: Record<string, string>,
  body: string | Buffer,
  answer: string,
  contentType = "application/json",
): void {
  const observer = capture.begin({ variant: { name: "primary" }, headers, body: Buffer.from(body) });
  observer?.chunk(Buffer.from(answer.slice(0, 3)));
  observer?.chunk(Buffer.from(answer.slice(3)));
  observer?.end(contentType);
}

interface Captured {
  readonly captureData: Readonly<Record<string, { readonly data: string }>>;
  readonly eventMetadata: Readonly<Record<string, string>>;
}

/** The captured lines of all objects. */
function records(storage: MemoryStorage): Captured[] {
  return [...storage.objects.values()].flatMap((text) => text.trimEnd().split("\n")).map((line) => JSON.parse(line));
}

describe("data capture", () => {
  test("writes a line per request in AWS's layout, under endpoint, variant and hour", async () => {
    vi.useFakeTimers({ now: new Date("2026-03-04T05:06:07.089Z"), toFake: ["Date"] });
    const { capture, storage } = newCapture();
    const headers = {
      "content-type": "text/csv; charset=utf-8",
      "x-amzn-sagemaker-custom-attributes": "trace=1",
      "x-amzn-sagemaker-inference-id": "id-1",
    };
    pass(capture, headers, "1,2", '{"class":"setosa"}');
    pass(capture, { "content-type": "text/csv" }, "3,4", "{}");
    await capture.flush();
    expect([...storage.objects.keys()]).toEqual([
      expect.stringMatching(/^s3:\/\/bucket\/some\/prefix\/iris\/primary\/2026\/03\/04\/05\/06-07-089-[0-9a-f-]{36}\.jsonl$/),
    ]);
    const [first, second] = records(storage);
    expect(first).toEqual({
      captureData: {
        endpointInput: { observedContentType: "text/csv; charset=utf-8", mode: "INPUT", data: "1,2", encoding: "CSV" },
        endpointOutput: { observedContentType: "application/json", mode: "OUTPUT", data: '{"class":"setosa"}', encoding: "JSON" },
      },
      eventMetadata: {
        eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        customAttributes: ["trace=1"],
        inferenceId: "id-1",
        inferenceTime: "2026-03-04T05:06:07Z",
      },
      eventVersion: "0",
    });
    expect(Object.keys(second?.eventMetadata ?? {})).toEqual(["eventId", "inferenceTime"]);
  });

  test("encodes what is of no listed content type as base64", async () => {
    const { capture, storage } = newCapture();
    pass(capture, { "content-type": "image/png" }, Buffer.from([0, 255, 1]), "abc", "text/plain");
    await capture.flush();
    expect(records(storage)[0]?.captureData).toEqual({
      endpointInput: { observedContentType: "image/png", mode: "INPUT", data: "AP8B", encoding: "BASE64" },
      endpointOutput: { observedContentType: "text/plain", mode: "OUTPUT", data: "YWJj", encoding: "BASE64" },
    });
  });

  test.each([
    ["Input", ["endpointInput"]],
    ["Output", ["endpointOutput"]],
    ["InputAndOutput", ["endpointInput", "endpointOutput"]],
  ] as const)("with the option %s has %s", async (CaptureMode, members) => {
    const { capture, storage } = newCapture({ CaptureOptions: [{ CaptureMode }] });
    pass(capture, {}, "x", "y");
    await capture.flush();
    expect(Object.keys(records(storage)[0]?.captureData ?? {})).toEqual(members);
  });

  test("takes the percentage of requests it is told to", async () => {
    const { capture, storage } = newCapture({ InitialSamplingPercentage: 30 });
    const drawn = vi.spyOn(Math, "random");
    for (const value of [0.29, 0.3, 0.99, 0]) {
      drawn.mockReturnValue(value);
      pass(capture, { "content-type": "text/csv" }, String(value), "y");
    }
    await capture.flush();
    expect(records(storage).map(({ captureData }) => captureData.endpointInput?.data)).toEqual(["0.29", "0"]);
  });

  test("writes nothing of a request whose answer does not come to its end", async () => {
    const { capture, storage } = newCapture();
    capture.begin({ variant: { name: "primary" }, headers: {}, body: Buffer.from("x") })?.chunk(Buffer.from("half an ans"));
    await capture.flush();
    expect(storage.objects.size).toBe(0);
  });

  test("writes by itself after a while, and at once when enough waits", async () => {
    const timed = newCapture({}, { captureFlush: 10 });
    pass(timed.capture, {}, "x", "y");
    await expect.poll(() => timed.storage.objects.size, { timeout: 30_000 }).toBe(1);
    const large = newCapture({}, { captureBytes: 1_000 });
    pass(large.capture, { "content-type": "text/csv" }, "x".repeat(2_000), "y");
    await expect.poll(() => large.storage.objects.size, { timeout: 30_000 }).toBe(1);
  });

  test("does not wait for S3, and a write that fails is a line in the log", async () => {
    const { capture, storage, lines } = newCapture();
    storage.fails = true;
    pass(capture, {}, "x", "y");
    await capture.close();
    expect(lines).toEqual([expect.stringMatching(/^1 captured requests were not written to s3:\/\/bucket\/.*: Error: S3 is down$/)]);
    storage.fails = false;
    pass(capture, {}, "x", "y");
    await capture.close();
    expect(records(storage)).toHaveLength(1);
  });
});
