import { setTimeout as sleep } from "node:timers/promises";
import type { Container, ContainerExit } from "../containers/container-runner";
import { type Answer, ask, isAnswer, type NoAnswer } from "./ask";
import type { Limits } from "./lines";

const pauseMilliseconds = 20;

/** What was seen between the start of a container and its first good ping. */
export interface Startup {
  readonly healthy: boolean;
  /** Milliseconds from the start to the first answer and to the first 200. */
  readonly answeredAfter?: number;
  readonly healthyAfter?: number;
  readonly slowestPing: number;
  /** A ping that should have been answered and was not. */
  readonly lostPing?: string;
  readonly last?: Answer | NoAnswer;
  readonly exit?: ContainerExit;
}

/** Pings a container that was just started until it answers 200, ends, or is out of time. */
export async function watchStart(container: Container, limits: Limits, signal: AbortSignal): Promise<Startup> {
  const started = performance.now();
  const since = (): number => Math.round(performance.now() - started);
  let exit: ContainerExit | undefined;
  void container.exited.then((ended) => {
    exit = ended;
  });
  let answeredAfter: number | undefined;
  let lostPing: string | undefined;
  let last: Answer | NoAnswer | undefined;
  let slowestPing = 0;
  while (exit === undefined && since() < limits.startupSeconds * 1_000) {
    signal.throwIfAborted();
    // Longer than allowed, to tell a slow answer from none.
    last = await ask(container.url, "/ping", { timeoutMilliseconds: limits.pingMilliseconds * 2 });
    if (isAnswer(last)) {
      answeredAfter ??= Math.max(0, since() - last.milliseconds);
      slowestPing = Math.max(slowestPing, last.milliseconds);
      if (last.status === 200)
        return { healthy: true, answeredAfter, healthyAfter: since(), slowestPing, last, ...(lostPing === undefined ? {} : { lostPing }) };
    } else if (answeredAfter !== undefined || last.milliseconds >= limits.pingMilliseconds) {
      // A container that ends takes its connections with it; that is told as its end.
      await Promise.race([container.exited, sleep(pauseMilliseconds)]);
      if (exit === undefined) lostPing ??= last.problem;
      slowestPing = Math.max(slowestPing, last.milliseconds);
    }
    await Promise.race([container.exited, sleep(pauseMilliseconds)]);
  }
  return {
    healthy: false,
    slowestPing,
    ...(answeredAfter === undefined ? {} : { answeredAfter }),
    ...(lostPing === undefined ? {} : { lostPing }),
    ...(last === undefined ? {} : { last }),
    ...(exit === undefined ? {} : { exit }),
  };
}
