import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { filesOf } from "../images/context-digest";
import { type Answer, ask, invoke, isAnswer, type NoAnswer, succeeded, told } from "./ask";
import type { Bench } from "./bench";
import { lines } from "./lines";
import type { Startup } from "./started";

/** How much longer than a good start a broken one is watched. */
const patienceFactor = 3;
const leastPatienceMilliseconds = 2_000;

/** Serves a model whose files hold random bytes: /ping must not say 200, and ending is as good an answer as any. */
export async function checkBrokenModel(bench: Bench, modelDir: string | undefined, startup: Startup | undefined): Promise<void> {
  const line = lines.pingTruth;
  const files = modelDir === undefined ? [] : await filesOf(modelDir);
  const sample = bench.target.samples[0];
  if (startup === undefined) return bench.skip(line, "it does not serve");
  if (modelDir === undefined || files.length === 0) return bench.skip(line, "there are no model files to break: give --model DIR");
  if (sample === undefined) return bench.skip(line, "needs a sample to tell whether the model works: give --sample FILE");
  bench.say("a model that cannot be loaded");
  const server = await bench.start("serve", {
    modelDir,
    fill: async (baseDir) => {
      for (const file of files) await writeFile(join(baseDir, "model", file), randomBytes(64));
    },
  });
  const { container } = server;
  const patience = Math.max(leastPatienceMilliseconds, patienceFactor * (startup.healthyAfter ?? 0));
  const started = performance.now();
  let ended = false;
  void container.exited.then(() => {
    ended = true;
  });
  // The last word counts: a ping that is only early has a line of its own.
  let request: Answer | NoAnswer | undefined;
  while (!ended && performance.now() - started < patience && (request === undefined || !succeeded(request))) {
    bench.signal.throwIfAborted();
    const ping = await ask(container.url, "/ping", { timeoutMilliseconds: bench.limits.pingMilliseconds });
    const good = isAnswer(ping) && ping.status === 200;
    request = good ? await invoke(container.url, sample, bench.limits.answerSeconds * 1_000) : undefined;
    await Promise.race([container.exited, sleep(50)]);
  }
  if (ended) bench.tell(line, true, `with random bytes for model files it ended (${server.lastLine().slice(0, 80)})`);
  else if (request === undefined) bench.tell(line, true, "with random bytes for model files /ping is not 200");
  else if (succeeded(request)) bench.skip(line, "it answers without reading its model files");
  else bench.tell(line, false, `with random bytes for model files /ping is 200, and a request got ${told(request)}`);
  await container.stop(0);
}
