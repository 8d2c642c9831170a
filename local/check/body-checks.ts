import { type Answer, ask, invoke, isAnswer, type NoAnswer, succeeded, told } from "./ask";
import type { Bench } from "./bench";
import type { Sample } from "./feed";
import { lines } from "./lines";

const mebibyte = 1024 * 1024;

/** What InvokeEndpoint takes at most, in bytes. */
const largestBody = 6 * mebibyte;
const oversizeBody = 64 * mebibyte;

/** Bodies of the largest size that may come, of one far beyond it, and bodies in chunks. */
export async function checkBodies(bench: Bench, url: string): Promise<void> {
  bench.say("large bodies");
  const timeout = bench.limits.answerSeconds * 1_000;
  const { samples } = bench.target;
  const json = samples.find(({ contentType }) => contentType === "application/json");
  await checkLargest(bench, url, json, timeout);
  await checkChunked(bench, url, timeout);
  const filler = json ?? { name: "{}", contentType: "application/json", body: Buffer.from("{}") };
  const answer = await invoke(url, padded(filler, oversizeBody), timeout);
  const ping = await ask(url, "/ping", { timeoutMilliseconds: bench.limits.pingMilliseconds });
  const alive = isAnswer(ping) && ping.status === 200;
  bench.tell(lines.oversize, alive, `${shortly(answer)}, then /ping: ${told(ping)}`);
}

/** A JSON sample stays the same with spaces behind it; of other input nothing can be expected but an answer. */
async function checkLargest(bench: Bench, url: string, json: Sample | undefined, timeout: number): Promise<void> {
  const sample = json ?? bench.target.samples[0] ?? { name: "{}", contentType: "application/json", body: Buffer.from("{}") };
  const [small, large] = [await invoke(url, sample, timeout), await invoke(url, padded(sample, largestBody), timeout)];
  const taken = isAnswer(large) && large.status !== 413;
  const alike = taken && (json === undefined || succeeded(large) || (isAnswer(small) && small.status === large.status));
  bench.tell(lines.bodyLimit, alike, `${sample.name} filled up to ${largestBody} bytes: ${told(large)}`);
}

async function checkChunked(bench: Bench, url: string, timeout: number): Promise<void> {
  const sample = bench.target.samples[0];
  if (sample === undefined) {
    bench.skip(lines.chunked, "needs a sample: give --sample FILE");
    return;
  }
  const [whole, chunked] = [await invoke(url, sample, timeout), await invoke(url, sample, timeout, { chunked: true })];
  const alike = isAnswer(whole) && isAnswer(chunked) && whole.status === chunked.status;
  bench.tell(lines.chunked, alike, `${sample.name} in chunks: ${shortly(chunked)}, with a Content-Length: ${shortly(whole)}`);
}

function shortly(answer: Answer | NoAnswer): string {
  return isAnswer(answer) ? String(answer.status) : answer.problem;
}

function padded(sample: Sample, size: number): Sample {
  const body = Buffer.alloc(size, " ");
  sample.body.copy(body);
  return { ...sample, body };
}
