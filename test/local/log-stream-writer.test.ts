import { CreateLogStreamCommand, PutLogEventsCommand, ResourceNotFoundException } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, test } from "vitest";
import { batches, LogStreamWriter } from "../../local/logs/log-stream-writer";

/** Stands in for CloudWatch Logs: keeps the messages of each call; `failures` calls of PutLogEvents fail first. */
class Recorder {
  readonly puts: string[][] = [];
  streams = 0;

  constructor(private failures = 0) {}

  readonly send = async (command: unknown): Promise<never> => {
    if (command instanceof CreateLogStreamCommand) {
      this.streams++;
    }
    if (command instanceof PutLogEventsCommand) {
      if (this.failures > 0) {
        this.failures--;
        throw new ResourceNotFoundException({ message: "gone", $metadata: {} });
      }
      this.puts.push((command.input.logEvents ?? []).map(({ message }) => message ?? ""));
    }
    return undefined as never;
  };
}

describe("a log stream writer", () => {
  test("sends what was written since the last flush in one call, in order, and makes its stream once", async () => {
    const recorder = new Recorder();
    const writer = new LogStreamWriter(recorder, "group", "stream", () => undefined);
    for (const message of ["one", "two", "three"]) {
      writer.write({ timestamp: 1, message });
    }
    await writer.flush();
    writer.write({ timestamp: 2, message: "four" });
    await writer.close();
    expect(recorder.puts).toEqual([["one", "two", "three"], ["four"]]);
    expect(recorder.streams).toBe(1);
  });

  test("makes its stream again when it was deleted, and loses nothing", async () => {
    const recorder = new Recorder(2);
    const writer = new LogStreamWriter(recorder, "group", "stream", () => undefined);
    writer.write({ timestamp: 1, message: "kept" });
    await writer.flush();
    expect(recorder.puts).toEqual([["kept"]]);
    expect(recorder.streams).toBe(3);
  });

  test("gives up after three attempts and says how many lines were not stored", async () => {
    const errors: string[] = [];
    const writer = new LogStreamWriter(new Recorder(3), "group", "stream", (message) => errors.push(message));
    writer.write({ timestamp: 1, message: "lost" });
    await writer.flush();
    expect(errors).toEqual(["1 log lines of group/stream were not stored: ResourceNotFoundException: gone"]);
  });
});

describe("batches", () => {
  test("hold at most 10,000 events", () => {
    const events = Array.from({ length: 10_001 }, () => ({ timestamp: 1, message: "x" }));
    expect(batches(events).map((batch) => batch.length)).toEqual([10_000, 1]);
  });

  test("hold at most 1,048,576 bytes, counting 26 for each event", () => {
    const message = "x".repeat(200_000);
    const events = Array.from({ length: 6 }, () => ({ timestamp: 1, message }));
    expect(batches(events).map((batch) => batch.length)).toEqual([5, 1]);
  });

  test("cut a message that is too long for one event", () => {
    const [batch] = batches([{ timestamp: 1, message: "x".repeat(300_000) }]);
    expect(batch?.[0]?.message.length).toBe(256 * 1024 - 26);
  });
});
