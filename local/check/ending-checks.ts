import { setTimeout as sleep } from "node:timers/promises";
import { ask, isAnswer, told } from "./ask";
import type { Bench, Started } from "./bench";
import { endWithin } from "./job-end";
import { lines } from "./lines";
import { Burst } from "./request-burst";

/** How long the requests under way get to be read by the server before it is stopped. */
const arrivalMilliseconds = 50;

/** How long the end of a container that answers nothing any more is waited for. */
const goneSeconds = 5;

/** Why nothing more can be tried, when an earlier check has ended the container. */
export async function endIfGone(bench: Bench, server: Started): Promise<string | undefined> {
  const ping = await ask(server.container.url, "/ping", { timeoutMilliseconds: bench.limits.pingMilliseconds });
  const exit = isAnswer(ping) ? undefined : await endWithin(bench, server, goneSeconds);
  return exit === undefined ? undefined : `it had ended already, with exit code ${exit.code}`;
}

/** SIGTERM while requests are under way on connections that the server knows already. */
export async function checkEnd(bench: Bench, server: Started): Promise<void> {
  const { container } = server;
  bench.say("SIGTERM with requests under way");
  const gone = await endIfGone(bench, server);
  if (gone !== undefined) {
    for (const line of [lines.sigterm, lines.drain]) bench.skip(line, gone);
    return;
  }
  const { drainSeconds, answerSeconds } = bench.limits;
  const burst = new Burst(container.url, bench.target.samples[0]);
  await (await burst.send(answerSeconds)).answers;
  const underWay = await burst.send(drainSeconds);
  await sleep(arrivalMilliseconds);
  const started = performance.now();
  const exit = await container.stop(drainSeconds);
  const seconds = (performance.now() - started) / 1_000;
  const answers = await underWay.answers;
  burst.close();
  const killed = exit.code === 137 || seconds >= drainSeconds;
  bench.tell(
    lines.sigterm,
    !killed,
    killed ? `it was still there after ${drainSeconds} s, and was killed` : `exit code ${exit.code} after ${seconds.toFixed(1)} s`,
  );
  const lost = answers.filter((answer) => !isAnswer(answer));
  if (answers.length === 0) bench.skip(lines.drain, "needs a sample to have requests under way: give --sample FILE");
  else if (killed) bench.skip(lines.drain, "it did not end by itself");
  else {
    const found = lost[0] === undefined ? "were answered" : `were lost (${told(lost[0])})`;
    bench.tell(lines.drain, lost.length === 0, `${lost[0] === undefined ? answers.length : lost.length} of ${answers.length} ${found}`);
  }
}
