import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { splitLines } from "../../../local/containers/line-splitter";
import { ContainerLog } from "../../../local/logs/container-log";
import { LogStreamWriter } from "../../../local/logs/log-stream-writer";
import { scratchFolder } from "../support/scratch";
import { processRunner } from "./support/process-runner";

const scratch = scratchFolder();
const mebibyte = 1_024 * 1_024;

describe("lines of a stream", () => {
  it("are split at line breaks of either kind, wherever the chunks were cut, and the last one needs none", async () => {
    const stream = new PassThrough();
    const lines: string[] = [];
    const { ended } = splitLines(stream, (line) => lines.push(line));
    for (const chunk of ["one\r\ntw", "o\n\nth", Buffer.from([0xc3]), Buffer.from([0xa9]), "e"]) stream.write(chunk);
    stream.end();
    await ended;
    expect(lines).toEqual(["one", "two", "", "thée"]);
  });

  it("are read no faster than they are taken, and all of them come", async () => {
    let made = 0;
    const stream = new Readable({
      read() {
        made += 1;
        this.push(made > 3_200 ? null : Buffer.alloc(64 * 1_024, "x"));
      },
    });
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let taken = 0;
    const { ended } = splitLines(stream, (part) => {
      taken += part.length;
      return gate;
    });
    for (let turns = 0; turns < 200; turns++) await turn();
    expect(made).toBeLessThan(10);
    open();
    await ended;
    expect(taken).toBe(200 * mebibyte);
  });

  it("that still wait to be taken are taken before the stream counts as quiet", async () => {
    const stream = new PassThrough();
    const lines: string[] = [];
    const reading = splitLines(stream, async (line) => {
      await turn();
      lines.push(line);
    });
    stream.write(Array.from({ length: 500 }, (_, index) => `${index}\n`).join(""));
    stream.write("last");
    await reading.quiet(20);
    expect(lines).toHaveLength(501);
    expect(lines.at(-1)).toBe("last");
    expect(stream.destroyed).toBe(true);
  });
});

describe("a container that prints 200 MiB", () => {
  it.each([
    ["without a line break", "x"],
    ["in lines of 99 characters", `${"x".repeat(99)}\n`],
  ])(
    "%s waits for its log, in which the last line is, and the daemon keeps little of it",
    async (title, unit) => {
      let sent = 0;
      // A CloudWatch that takes its time.
      const client = {
        send: async ({ input }: { input: { logEvents?: { message?: string }[] } }) => {
          await turn();
          sent += (input.logEvents ?? []).reduce((sum, { message }) => sum + (message?.length ?? 0), 0);
        },
      };
      const errors: string[] = [];
      const stream = new LogStreamWriter(client as never, "group", "stream", (message) => errors.push(message));
      const path = join(scratch, `${unit.length}.log`);
      const log = new ContainerLog(path, stream);
      let given = 0;
      let most = 0;
      const script = `
const chunk = Buffer.from(${JSON.stringify(unit)}.repeat(${Math.floor((64 * 1_024) / unit.length)}));
for (let written = 0; written < ${200 * mebibyte}; written += chunk.length) require("fs").writeSync(1, chunk);
require("fs").writeSync(1, "\\nthe last line");
`;
      const container = await processRunner(join(scratch, title)).run({
        program: [process.execPath, "-e", script],
        onLine: (line, source) => {
          // An empty line is sent as a space: CloudWatch takes no empty message.
          given += Math.max(1, line.length);
          most = Math.max(most, given - sent);
          return log.write(line, source);
        },
      });
      expect(await container.exited).toEqual({ code: 0 });
      expect(log.lastWords()).toBe("the last line");
      await log.close();
      expect(errors).toEqual([]);
      expect(sent).toBe(given);
      expect(given).toBeGreaterThan(190 * mebibyte);
      expect(most).toBeLessThan(16 * mebibyte);
      const file = readFileSync(path);
      expect(file.subarray(-14).toString()).toBe("the last line\n");
      expect(file.length).toBeGreaterThan(given);
    },
    240_000,
  );
});
