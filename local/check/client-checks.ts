import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, ask, invoke, isAnswer, type NoAnswer, succeeded, told } from "./ask";
import type { Bench, Started } from "./bench";
import { endIfGone } from "./ending-checks";
import { lines } from "./lines";
import { Burst, requestsAtOnce } from "./request-burst";

const slowClients = 32;
const pingsInTurn = 5;
const cutConnections = 16;
const pauseMilliseconds = 50;
const head = "POST /invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";

/** What some clients do must not cost the others anything. */
export async function checkClients(bench: Bench, server: Started): Promise<void> {
  const { url } = server.container;
  const gone = await endIfGone(bench, server);
  if (url === undefined || gone !== undefined) {
    for (const line of [lines.pingBusy, lines.slowClients, lines.cutOff]) bench.skip(line, gone ?? "it has ended");
    return;
  }
  bench.say("many clients, slow ones, and ones that are gone");
  await checkBusyPing(bench, url);
  await checkSlowClients(bench, url);
  await checkCutConnections(bench, url);
}

async function checkBusyPing(bench: Bench, url: string): Promise<void> {
  const [sample] = bench.target.samples;
  if (sample === undefined) {
    bench.skip(lines.pingBusy, "needs a sample to have requests under way: give --sample FILE");
    return;
  }
  const burst = new Burst(url, sample);
  let busy = true;
  const { answers } = await burst.send(bench.limits.answerSeconds);
  const idle = answers.then(() => {
    busy = false;
  });
  const pings: (Answer | NoAnswer)[] = [];
  do {
    pings.push(await ping(bench, url));
    await Promise.race([idle, sleep(pauseMilliseconds)]);
  } while (busy);
  burst.close();
  tellPings(bench, lines.pingBusy, pings, `with ${requestsAtOnce} requests under way`);
}

/** Requests whose heads arrive byte by byte and are never whole. */
async function checkSlowClients(bench: Bench, url: string): Promise<void> {
  const sockets = await connected(url, slowClients);
  const drip = (): void => {
    for (const socket of sockets) if (socket.writable) socket.write("x");
  };
  for (const socket of sockets) socket.write(`${head}X-Slow: `);
  const dripping = setInterval(drip, pauseMilliseconds);
  const pings = await pingsUntilBad(bench, url);
  clearInterval(dripping);
  for (const socket of sockets) socket.resetAndDestroy();
  tellPings(bench, lines.slowClients, pings, `beside ${slowClients} slow clients`);
}

/** Half of the connections are reset in the middle of a body, half are closed. */
async function checkCutConnections(bench: Bench, url: string): Promise<void> {
  const [sample] = bench.target.samples;
  const request = async (): Promise<Answer | NoAnswer | undefined> =>
    sample === undefined ? undefined : invoke(url, sample, bench.limits.answerSeconds * 1_000);
  const before = await request();
  const sockets = await connected(url, cutConnections);
  for (const [index, socket] of sockets.entries()) {
    await new Promise<void>((written) => socket.write(`${head}Content-Length: 1000\r\n\r\n{"cut":`, () => written()));
    if (index % 2 === 0) socket.end();
  }
  await sleep(pauseMilliseconds);
  for (const socket of sockets) socket.resetAndDestroy();
  const pings = await pingsUntilBad(bench, url);
  const health = pings.find((answer) => !isGood(answer)) ?? pings[0];
  const after = await request();
  const served = after === undefined || before === undefined || succeeded(after) || !succeeded(before);
  const found = `${cutConnections} bodies cut off, then /ping: ${health === undefined ? "was not tried" : told(health)}`;
  const holds = pings.every(isGood) && served;
  bench.tell(lines.cutOff, holds, after === undefined ? found : `${found}, and a request: ${told(after)}`);
}

/** A few pings one after the other; the first that is not good is the last. */
async function pingsUntilBad(bench: Bench, url: string): Promise<readonly (Answer | NoAnswer)[]> {
  const pings: (Answer | NoAnswer)[] = [];
  while (pings.length < pingsInTurn && pings.every(isGood)) {
    await sleep(pauseMilliseconds);
    pings.push(await ping(bench, url));
  }
  return pings;
}

async function ping(bench: Bench, url: string): Promise<Answer | NoAnswer> {
  bench.signal.throwIfAborted();
  // Longer than allowed, to tell a slow answer from none.
  return ask(url, "/ping", { timeoutMilliseconds: bench.limits.pingMilliseconds * 2 });
}

function isGood(answer: Answer | NoAnswer): boolean {
  return isAnswer(answer) && answer.status === 200;
}

function tellPings(
  bench: Bench,
  line: typeof lines.pingBusy | typeof lines.slowClients,
  pings: readonly (Answer | NoAnswer)[],
  when: string,
): void {
  const bad = pings.find((answer) => !isGood(answer));
  const slowest = Math.max(...pings.map(({ milliseconds }) => milliseconds));
  const found = bad === undefined ? `the slowest ping took ${slowest} ms, of ${pings.length}` : told(bad);
  bench.tell(line, bad === undefined && slowest <= bench.limits.pingMilliseconds, `${found} ${when}`);
}

/** Connections that never fail loudly: a server may close them whenever it likes. */
async function connected(url: string, count: number): Promise<readonly Socket[]> {
  const { hostname, port } = new URL(url);
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(Number(port), hostname);
      socket.on("error", () => undefined);
      socket.resume();
      await new Promise<void>((settled) => socket.once("connect", settled).once("close", () => settled()));
      return socket;
    }),
  );
}
