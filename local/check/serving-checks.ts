import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { filesOf } from "../images/context-digest";
import { type Answer, ask, invoke, isAnswer, type NoAnswer, succeeded, told } from "./ask";
import type { Bench, Started } from "./bench";
import { checkBodies } from "./body-checks";
import { checkClients } from "./client-checks";
import { checkEnd } from "./ending-checks";
import type { Sample } from "./feed";
import { type Limits, type Line, lines } from "./lines";
import { type Startup, watchStart } from "./started";

/** Lines that need a container that serves. */
const linesOnceServing: readonly Line[] = [
  lines.pingEarly,
  lines.samples,
  lines.badInput,
  lines.route,
  lines.bodyLimit,
  lines.chunked,
  lines.oversize,
  lines.pingBusy,
  lines.slowClients,
  lines.cutOff,
  lines.sigterm,
  lines.drain,
  lines.modelWrite,
];

/** Tells that nothing of serving can be tried. */
export function skipServing(bench: Bench, reason: string): void {
  for (const line of [lines.serve, lines.accept, lines.pingTime, ...linesOnceServing, lines.pingTruth]) bench.skip(line, reason);
}

/** Checks `serve`; resolves to how it started, `undefined` when it does not serve. */
export async function checkServing(bench: Bench, modelDir: string | undefined): Promise<Startup | undefined> {
  bench.say("starting to serve");
  const server = await bench.start("serve", modelDir === undefined ? {} : { modelDir });
  const startup = await watchStart(server.container, bench.limits, bench.signal);
  bench.tell(
    lines.serve,
    startup.healthy,
    startup.healthy ? `/ping was 200 after ${startup.healthyAfter} ms` : notServing(startup, server, bench.limits),
  );
  checkStart(bench, startup);
  const { url } = server.container;
  if (!startup.healthy || url === undefined) {
    for (const line of linesOnceServing) bench.skip(line, "it does not serve");
    await server.container.stop(bench.limits.drainSeconds);
    return undefined;
  }
  await checkFirstRequest(bench, url);
  await checkPayloads(bench, url);
  await checkBodies(bench, url);
  await checkClients(bench, server);
  await checkEnd(bench, server);
  await checkModelUntouched(bench, modelDir, server);
  return startup;
}

/** Bytecode of Python modules is left aside: Python goes without it where it cannot write. */
async function checkModelUntouched(bench: Bench, modelDir: string | undefined, { baseDir }: Started): Promise<void> {
  const list = async (folder: string): Promise<string[]> => (await filesOf(folder)).filter((path) => !path.includes("__pycache__/"));
  const served = join(baseDir, "model");
  const [before, after] = [modelDir === undefined ? [] : await list(modelDir), await list(served)];
  const same = async (path: string): Promise<boolean> =>
    modelDir !== undefined && before.includes(path) && (await readFile(join(modelDir, path))).equals(await readFile(join(served, path)));
  const changed: string[] = before.filter((path) => !after.includes(path));
  for (const path of after) if (!(await same(path))) changed.push(path);
  bench.tell(
    lines.modelWrite,
    changed.length === 0,
    changed.length === 0 ? "it wrote nothing there" : `it wrote or removed ${changed.sort().slice(0, 5).join(", ")}`,
  );
}

function notServing(startup: Startup, server: Started, limits: Limits): string {
  if (startup.exit !== undefined) return `it ended with exit code ${startup.exit.code}; last line: ${server.lastLine()}`;
  const last = startup.last === undefined ? "nothing" : told(startup.last);
  return `/ping was not 200 within ${limits.startupSeconds} s (last: ${last})`;
}

function checkStart(bench: Bench, startup: Startup): void {
  const { answeredAfter, slowestPing, lostPing } = startup;
  const { acceptMilliseconds, pingMilliseconds } = bench.limits;
  if (answeredAfter === undefined) {
    bench.skip(lines.accept, "it answered nothing");
    bench.skip(lines.pingTime, "it answered nothing");
    return;
  }
  bench.tell(lines.accept, answeredAfter <= acceptMilliseconds, `the first answer came ${answeredAfter} ms after the start`);
  const inTime = lostPing === undefined && slowestPing <= pingMilliseconds;
  bench.tell(lines.pingTime, inTime, lostPing === undefined ? `the slowest took ${slowestPing} ms` : `a ping got no answer: ${lostPing}`);
}

/** The first request right after the first good ping: it must fare as those after it. */
async function checkFirstRequest(bench: Bench, url: string): Promise<void> {
  bench.say("the first request");
  const sample = bench.target.samples[0] ?? { name: "{}", contentType: "application/json", body: Buffer.from("{}") };
  const timeout = bench.limits.answerSeconds * 1_000;
  const first = await invoke(url, sample, timeout);
  if (isReady(first)) {
    bench.tell(lines.pingEarly, true, `the request after the first 200 was answered (${told(first)})`);
    return;
  }
  const started = performance.now();
  while (performance.now() - started < bench.limits.settleSeconds * 1_000) {
    bench.signal.throwIfAborted();
    await sleep(100);
    if (isReady(await invoke(url, sample, timeout))) {
      const after = ((performance.now() - started) / 1_000).toFixed(1);
      bench.tell(
        lines.pingEarly,
        false,
        `/ping said 200, the next request got ${told(first)}; requests are answered since ${after} s later`,
      );
      return;
    }
  }
  const cure = bench.target.samples.length === 0 ? "; give --sample FILE to try with a real request" : "";
  bench.skip(lines.pingEarly, `no request is answered, early or late (${told(first)})${cure}`);
}

/** Answered by a model that is there, whatever it thinks of the request: 2xx, or 4xx. */
function isReady(given: Answer | NoAnswer): boolean {
  return isAnswer(given) && given.status < 500 && given.status !== 429;
}

async function checkPayloads(bench: Bench, url: string): Promise<void> {
  bench.say("its samples, and malformed input");
  const timeout = bench.limits.answerSeconds * 1_000;
  const { samples } = bench.target;
  const answers: (readonly [Sample, Answer | NoAnswer])[] = [];
  for (const sample of samples) answers.push([sample, await invoke(url, sample, timeout)]);
  if (samples.length === 0) bench.skip(lines.samples, "no sample.json beside the model: give --sample FILE");
  else {
    const wrong = answers.filter(([, answer]) => !succeeded(answer));
    const shown = wrong.length > 0 ? wrong : answers;
    bench.tell(
      lines.samples,
      wrong.length === 0,
      shown.map(([{ name, contentType }, answer]) => `${name} (${contentType}): ${told(answer)}`).join("; "),
    );
  }
  const bad: readonly Sample[] = [
    { name: "malformed JSON", contentType: "application/json", body: Buffer.from('{"a": ') },
    { name: "unknown media type", contentType: "application/x-slipway-check", body: Buffer.from("?") },
  ];
  const verdicts: string[] = [];
  let held = true;
  for (const sample of bad) {
    const answer = await invoke(url, sample, timeout);
    held &&= isAnswer(answer) && answer.status < 500;
    verdicts.push(`${sample.name}: ${isAnswer(answer) ? String(answer.status) : answer.problem}`);
  }
  bench.tell(lines.badInput, held, verdicts.join("; "));
  const route = await ask(url, "/slipway-check/no-such-route", { timeoutMilliseconds: timeout });
  bench.tell(
    lines.route,
    isAnswer(route) && route.status >= 400 && route.status < 500,
    `GET /slipway-check/no-such-route: ${isAnswer(route) ? String(route.status) : route.problem}`,
  );
}
