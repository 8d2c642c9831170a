import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, ask, invoke, isAnswer, type NoAnswer, succeeded, told } from "./ask";
import type { Bench, Started } from "./bench";
import { type Limits, type Line, lines } from "./lines";
import { type Startup, watchStart } from "./started";
import type { Sample } from "./target";

const mebibyte = 1024 * 1024;
const requestsUnderWay = 8;

/** Lines that need a container that serves. */
const linesOnceServing: readonly Line[] = [
  lines.pingEarly,
  lines.samples,
  lines.badInput,
  lines.bodyLimit,
  lines.oversize,
  lines.route,
  lines.sigterm,
  lines.drain,
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
  if (!startup.healthy) {
    for (const line of linesOnceServing) bench.skip(line, "it does not serve");
    await server.container.stop(bench.limits.drainSeconds);
    return undefined;
  }
  const { url } = server.container;
  await checkFirstRequest(bench, url);
  await checkPayloads(bench, url);
  await checkSizes(bench, url);
  await checkEnd(bench, server);
  return startup;
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
    { name: "media type application/x-slipway-check", contentType: "application/x-slipway-check", body: Buffer.from("?") },
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

/** A JSON sample stays the same with spaces around it, at any size. */
async function checkSizes(bench: Bench, url: string): Promise<void> {
  bench.say("large bodies");
  const timeout = bench.limits.answerSeconds * 1_000;
  const sample = bench.target.samples.find(({ contentType }) => contentType === "application/json");
  if (sample === undefined) bench.skip(lines.bodyLimit, "needs a JSON sample to fill up with spaces");
  else {
    const [small, large] = [await invoke(url, sample, timeout), await invoke(url, padded(sample, 6 * mebibyte), timeout)];
    const alike = isAnswer(large) && (succeeded(large) || (isAnswer(small) && small.status === large.status));
    bench.tell(lines.bodyLimit, alike, `sample.json with 6 MiB of spaces: ${told(large)}`.replace("sample.json", sample.name));
  }
  const answer = await invoke(
    url,
    padded(sample ?? { name: "", contentType: "application/json", body: Buffer.from("{}") }, 64 * mebibyte),
    timeout,
  );
  const ping = await ask(url, "/ping", { timeoutMilliseconds: bench.limits.pingMilliseconds });
  const alive = isAnswer(ping) && ping.status === 200;
  bench.tell(lines.oversize, alive, `${isAnswer(answer) ? String(answer.status) : answer.problem}, then /ping: ${told(ping)}`);
}

function padded(sample: Sample, size: number): Sample {
  const body = Buffer.alloc(size, " ");
  sample.body.copy(body);
  return { ...sample, body };
}

/** SIGTERM while requests are under way on connections that the server knows already. */
async function checkEnd(bench: Bench, { container }: Started): Promise<void> {
  bench.say("SIGTERM with requests under way");
  const ended = await Promise.race([container.exited, sleep(250)]);
  if (ended !== undefined) {
    for (const line of [lines.sigterm, lines.drain]) bench.skip(line, `it had ended already, with exit code ${ended.code}`);
    return;
  }
  const { drainSeconds, answerSeconds } = bench.limits;
  const sample = bench.target.samples[0];
  const agent = new Agent({ keepAlive: true, maxSockets: requestsUnderWay });
  const send = (timeoutSeconds: number): { answer: Promise<Answer | NoAnswer>; sent: Promise<void> }[] =>
    Array.from({ length: sample === undefined ? 0 : requestsUnderWay }, () => {
      let markSent = (): void => undefined;
      const sent = new Promise<void>((resolve) => {
        markSent = resolve;
      });
      const answer =
        sample === undefined
          ? Promise.reject(new Error("no sample"))
          : invoke(container.url, sample, timeoutSeconds * 1_000, { agent, onSent: markSent });
      return { answer, sent: Promise.race([sent, answer.then(() => undefined)]) };
    });
  await Promise.all(send(answerSeconds).map(({ answer }) => answer));
  const underWay = send(drainSeconds);
  await Promise.all(underWay.map(({ sent }) => sent));
  await sleep(50);
  const started = performance.now();
  const exit = await container.stop(drainSeconds);
  const seconds = (performance.now() - started) / 1_000;
  const answers = await Promise.all(underWay.map(({ answer }) => answer));
  agent.destroy();
  const killed = exit.code === 137 || seconds >= drainSeconds;
  bench.tell(
    lines.sigterm,
    !killed,
    killed ? `it was still there after ${drainSeconds} s, and was killed` : `exit code ${exit.code} after ${seconds.toFixed(1)} s`,
  );
  const lost = answers.filter((answer) => !isAnswer(answer));
  if (sample === undefined) bench.skip(lines.drain, "needs a sample to have requests under way");
  else if (killed) bench.skip(lines.drain, "it did not end by itself");
  else
    bench.tell(
      lines.drain,
      lost.length === 0,
      lost[0] === undefined
        ? `${answers.length} of ${answers.length} were answered`
        : `${lost.length} of ${answers.length} were lost (${told(lost[0])})`,
    );
}
