import { appendFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EventLogTail } from "../../cli/engine/event-log";

describe("the event log of an engine", () => {
  it("is told to its end when the engine has ended, each event once, however often it is said to have ended", () => {
    const path = join(mkdtempSync(join(tmpdir(), "slipway-events-")), "engine-events.jsonl");
    const seen: number[] = [];
    const tail = new EventLogTail(path, ({ sequence }) => seen.push(sequence));
    appendFileSync(path, `{"sequence":1}\n{"sequence":2}\n`);
    tail.stop();
    tail.stop();
    expect(seen).toEqual([1, 2]);
  });
});
