import { describe, expect, it } from "vitest";
import type { Event } from "../../cli/output/events";
import { JsonRenderer } from "../../cli/output/json";
import { PlainRenderer } from "../../cli/output/plain";
import type { Renderer, Sinks } from "../../cli/output/renderer";
import { styleFor } from "../../cli/output/style";
import { TerminalRenderer } from "../../cli/output/terminal";
import { SlipwayError } from "../../components/errors/slipway-error";

const started: Event[] = [
  { kind: "phase-started", phase: "tools" },
  { kind: "phase-progress", phase: "tools", detail: "building the Pulumi engine once", counter: "0:42" },
  { kind: "phase-progress", phase: "tools", detail: "installed 3 of 20" },
  { kind: "phase-progress", phase: "tools", detail: "installed 4 of 20" },
  { kind: "phase-finished", phase: "tools", outcome: "done", detail: "pulumi 3.230.0, Python tools, node 20.20.2", seconds: 0.3 },
  { kind: "phase-started", phase: "iris" },
];

const success: Event[] = [
  ...started,
  { kind: "phase-finished", phase: "iris", outcome: "done", detail: "trained 6.4 s, 9 made", state: "InService", seconds: 9.1 },
  { kind: "note", level: "warning", text: "aws:route53/zone:Zone is only recorded" },
  {
    kind: "result",
    data: { endpointUrl: "http://localhost:4566" },
    blocks: [
      { kind: "text", lines: [""] },
      {
        kind: "pairs",
        rows: [
          ["Try it", "npx slipway invoke iris @sample"],
          ["AWS API", "http://localhost:4566"],
        ],
      },
      { kind: "table", head: ["MODEL", "STATE", "LAST ANSWER"], rows: [["iris", { text: "InService", tone: "good" }, "x".repeat(100)]] },
    ],
    aside: ["iris  200  6 ms"],
  },
];

const failure: Event[] = [
  ...started,
  { kind: "phase-finished", phase: "iris", outcome: "failed", detail: "failed, 2 made", seconds: 3.5 },
  {
    kind: "error",
    error: new SlipwayError("SLIP-2101", "training job iris-1 failed: KeyError: 'petal_lenght' (model.py:3 in fit)", {
      location: { file: "test/cli/fixtures/misspelt-model.py", line: 3, excerpt: `"petal_lenght"` },
      details: ["log  Traceback (most recent call last):", "log    KeyError: 'petal_lenght'"],
      received: `{"petal_length": 1.4}`,
      cure: "model.py reads petal_lenght; the data has petal_length",
    }),
  },
];

describe.each([
  ["success", success, 0],
  ["failure", failure, 1],
] as const)("%s", (_, events, exitCode) => {
  it("on a terminal rewrites the running line and keeps the finished ones", () => {
    expect(
      rendered(
        (sinks) => new TerminalRenderer(sinks, styleFor({ TERM: "xterm", LANG: "C.UTF-8", FORCE_COLOR: "1" }, true), () => 0),
        events,
        exitCode,
      ),
    ).toMatchSnapshot();
  });

  it("in a pipe prints each line once, without colour", () => {
    const output = rendered((sinks, now) => new PlainRenderer(sinks, styleFor({ LANG: "C.UTF-8" }, false), now), events, exitCode);
    expect(output.stderr).not.toContain("\u001b");
    expect(output).toMatchSnapshot();
  });

  it("in a pipe that is not Unicode uses ASCII alone", () => {
    const output = rendered((sinks, now) => new PlainRenderer(sinks, styleFor({ LC_ALL: "C" }, false), now), events, exitCode);
    expect(output.stdout + output.stderr).toMatch(/^[\x20-\x7e\n]*$/);
    expect(output).toMatchSnapshot();
  });

  it("with --json prints exactly one object on standard output and nothing else", () => {
    const output = rendered((sinks) => new JsonRenderer("local up", sinks, styleFor({}, false)), events, exitCode);
    expect(output.stderr).toBe("");
    expect(Object.keys(JSON.parse(output.stdout))).toEqual(["schemaVersion", "command", "status", "data", "warnings", "error"]);
    expect(output).toMatchSnapshot();
  });
});

describe("every renderer", () => {
  it("keeps lines within 80 columns where nothing is to be copied", () => {
    const output = rendered((sinks, now) => new PlainRenderer(sinks, styleFor({ LANG: "C.UTF-8" }, false), now), success, 0);
    expect([...output.stdout.split("\n"), ...output.stderr.split("\n")].filter((line) => [...line].length > 80)).toEqual([]);
  });

  it("copies every printed line into the log without colour", () => {
    const output = rendered(
      (sinks) => new TerminalRenderer(sinks, styleFor({ TERM: "xterm", FORCE_COLOR: "1" }, true), () => 0),
      failure,
      1,
    );
    expect(output.log).toContain('    3 |         return row["petal_lenght"]');
    expect(output.log).not.toContain("\u001b");
  });

  it("names further failures of the same command beside the first", () => {
    const second: Event = { kind: "error", error: new SlipwayError("SLIP-4101", "reviews did not become healthy") };
    const output = rendered((sinks) => new JsonRenderer("local up", sinks, styleFor({}, false)), [...failure, second], 1);
    const { error } = JSON.parse(output.stdout) as { error: { code: string; also: { code: string }[] } };
    expect([error.code, ...error.also.map(({ code }) => code)]).toEqual(["SLIP-2101", "SLIP-4101"]);
  });

  it("prints streamed lines as JSON lines, and no object after them when all went well", () => {
    const line: Event = { kind: "line", text: "iris  loaded", data: { log: "iris", line: "loaded" } };
    expect(rendered((sinks) => new JsonRenderer("local logs", sinks, styleFor({}, false)), [line, line], 0).stdout).toBe(
      `{"log":"iris","line":"loaded"}\n{"log":"iris","line":"loaded"}\n`,
    );
  });
});

describe("style", () => {
  const tinted = (env: NodeJS.ProcessEnv, isTty: boolean) => styleFor(env, isTty).tone("x", "good") !== "x";

  it("colours a terminal, and neither NO_COLOR, TERM=dumb nor a pipe", () => {
    expect([tinted({}, true), tinted({ NO_COLOR: "1" }, true), tinted({ TERM: "dumb" }, true), tinted({}, false)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("falls back to ASCII when the locale or the terminal cannot show more", () => {
    const done = (env: NodeJS.ProcessEnv) => styleFor(env, true).glyphs.done;
    expect([
      done({}),
      done({ LANG: "de_DE.UTF-8" }),
      done({ LANG: "C" }),
      done({ LC_ALL: "POSIX", LANG: "en_US.UTF-8" }),
      done({ TERM: "dumb" }),
    ]).toEqual(["✔", "✔", "+", "+", "+"]);
  });
});

function rendered(
  make: (sinks: Sinks, now: () => number) => Renderer,
  events: readonly Event[],
  exitCode: number,
): { stdout: string; stderr: string; log: string } {
  const output = { stdout: "", stderr: "", log: "" };
  let now = 0;
  const sinks: Sinks = {
    stdout: (text) => (output.stdout += text),
    stderr: (text) => (output.stderr += text),
    log: (line) => (output.log += `${line}\n`),
  };
  const renderer = make(sinks, () => now);
  for (const event of events) {
    now += 4_000;
    renderer.handle(event);
  }
  renderer.close(exitCode);
  return output;
}
