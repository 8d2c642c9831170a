import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../tools/package-root";
import { endpointFigures, type Figure } from "./endpoints";
import { inTurns, percentile, timed } from "./measure";
import { objectFigures } from "./objects";
import { ProjectCopy } from "./project-copy";
import { KeptConnection } from "./requests";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "4599" },
    starts: { type: "string", default: "5" },
    requests: { type: "string", default: "500" },
    endpoints: { type: "string", default: "1,20,50" },
    "endpoints-only": { type: "boolean", default: false },
    "objects-only": { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

async function main(): Promise<void> {
  const source = packageRoot();
  if (options["endpoints-only"]) return print(await endpoints());
  if (options["objects-only"]) return print(await objectFigures(say));
  const copy = new ProjectCopy(source);
  const start = () => run(copy.root, ["tools/run.mjs", "start", "--port", options.port, "--runner", "process"]);
  try {
    say("bringing the platform up once, not measured");
    await start();
    const commands = [await command(copy, ["local", "status"], "under 0.4 s"), await command(copy, ["--help"], "")];
    const figures = [
      await unchanged(start),
      await edited(copy, start),
      ...(await proxyCost(copy)),
      ...commands,
      ...(await endpoints()),
      ...(await objectFigures(say)),
    ];
    print(figures);
    if (options.write) write(source, figures);
  } finally {
    await run(copy.root, ["dist/cli.js", "local", "down"]).catch((error: unknown) => say(String(error)));
    copy.remove();
  }
}

async function unchanged(start: () => Promise<string>): Promise<Figure> {
  say("npm start with nothing changed");
  const seconds: number[] = [];
  for (let i = 0; i < Number(options.starts); i++) seconds.push((await timed(start)) / 1000);
  return { what: "warm `npm start`, nothing changed", measured: spread(seconds), aim: "under 8 s" };
}

/** From the saved edit to the first answer that the new code has given. */
async function edited(copy: ProjectCopy, start: () => Promise<string>): Promise<Figure> {
  say("npm start after an edit of model.py, to the first answer of the new code");
  const seconds: number[] = [];
  for (let i = 0; i < Number(options.starts); i++) {
    copy.edit("models/iris/model.py", (text) => text.replace(/\{(?:"edit": \d+, )?"category"/, `{"edit": ${i}, "category"`));
    const took = await timed(async () => {
      await start();
      const answer = JSON.parse(await run(copy.root, ["dist/cli.js", "invoke", "iris", "@sample"])) as { edit?: number };
      if (answer.edit !== i) throw new Error(`the answer is not the new code's: ${JSON.stringify(answer)}`);
    });
    seconds.push(took / 1000);
  }
  return { what: "edit of `model.py` to the first answer of the new code", measured: spread(seconds), aim: "under 12 s" };
}

/** A command from the shell's point of view: Node's start and the import of the program are most of it. */
async function command(copy: ProjectCopy, args: readonly string[], aim: string): Promise<Figure> {
  say(`slipway ${args.join(" ")}`);
  const seconds: number[] = [];
  for (let i = 0; i < Number(options.starts) * 4; i++)
    seconds.push((await timed(() => run(copy.root, ["cli/slipway.js", ...args]))) / 1000);
  const measured = `${percentile(seconds, 0.5).toFixed(2)} s (${Math.min(...seconds).toFixed(2)} to ${Math.max(...seconds).toFixed(2)}, ${seconds.length} runs)`;
  return { what: `\`slipway ${args.join(" ")}\``, measured, aim };
}

function endpoints(): Promise<Figure[]> {
  const counts = options.endpoints.split(",").map(Number);
  return endpointFigures({ requests: Number(options.requests) * 4, starts: Number(options.starts), counts }, say);
}

/** The same request through the local AWS endpoint and straight to the container, in turns. */
async function proxyCost(copy: ProjectCopy): Promise<Figure[]> {
  say("invoke through the local endpoint, and straight to the container");
  const status = JSON.parse(await run(copy.root, ["dist/cli.js", "local", "status", "--json"])) as {
    data: { models: { iris: { endpointName: string } } };
  };
  const { endpointName } = status.data.models.iris;
  const body = readFileSync(join(copy.root, "models/iris/sample.json"), "utf8");
  const front = new KeptConnection(Number(options.port));
  const container = new KeptConnection(containerPort(copy, endpointName));
  const works = {
    front: () => front.post(`/endpoints/${endpointName}/invocations`, body),
    container: () => container.post("/invocations", body),
  };
  await inTurns(50, works);
  const times = await inTurns(Number(options.requests), works);
  front.close();
  container.close();
  const [through, direct] = [percentile(times.front, 0.5), percentile(times.container, 0.5)];
  return [
    { what: "local invoke, p50 (p95)", measured: `${milliseconds(through)} (${milliseconds(percentile(times.front, 0.95))})`, aim: "" },
    {
      what: "the container alone, p50 (p95)",
      measured: `${milliseconds(direct)} (${milliseconds(percentile(times.container, 0.95))})`,
      aim: "",
    },
    {
      what: "cost of the local endpoint, p50",
      measured: `${milliseconds(through - direct)} (ratio ${(through / direct).toFixed(2)})`,
      aim: "under 1 ms",
    },
  ];
}

/** The container says on its log which port it serves. */
function containerPort(copy: ProjectCopy, endpointName: string): number {
  const log = readFileSync(join(copy.root, ".slipway/logs", `${endpointName}.log`), "utf8");
  const port = [...log.matchAll(/"event":"serving".*?"port":(\d+)/g)].at(-1)?.[1];
  if (port === undefined) throw new Error(`no port in the log of ${endpointName}`);
  return Number(port);
}

function run(cwd: string, args: readonly string[]): Promise<string> {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", fail);
    child.once("close", (code) => (code === 0 ? settle(stdout) : fail(new Error(`${args.join(" ")} ended with ${code}:\n${stderr}`))));
  });
}

function spread(seconds: readonly number[]): string {
  return `${percentile(seconds, 0.5).toFixed(1)} s (${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)}, ${seconds.length} runs)`;
}

function milliseconds(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function machine(): string {
  const [cpu] = cpus();
  return `${cpus().length} × ${cpu?.model.trim() ?? "unknown CPU"}, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}

function print(figures: readonly Figure[]): void {
  const width = Math.max(...figures.map(({ what }) => what.length));
  process.stdout.write(`${machine()}\n`);
  for (const { what, measured, aim } of figures)
    process.stdout.write(`${what.padEnd(width)}  ${measured.padEnd(34)}  ${aim}\n`.trimEnd().concat("\n"));
}

function write(source: string, figures: readonly Figure[]): void {
  const path = join(source, "docs/benchmarks.md");
  const rows = figures.map(({ what, measured, aim }) => `| ${what} | ${measured} | ${aim} |`);
  const table = [
    "<!-- figures -->",
    `${machine()}, ${new Date().toISOString().slice(0, 10)}`,
    "",
    "| what | measured | aim |",
    "| --- | --- | --- |",
    ...rows,
    "<!-- /figures -->",
  ];
  writeFileSync(path, readFileSync(path, "utf8").replace(/<!-- figures -->[\s\S]*<!-- \/figures -->/, table.join("\n")));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
