import { readdir, rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { cacheDir as defaultCacheDir } from "../../tools/cache";
import { isFromThisMachine } from "../front/gate";

const dayMilliseconds = 24 * 3_600 * 1_000;

/**
 * Removes the virtual environments of images that no container was started in since `before` (milliseconds since the epoch), of all projects;
 * returns how many. They are made again when needed.
 */
export async function pruneEnvironments(before: number, cacheDir: string = defaultCacheDir()): Promise<number> {
  const folder = join(cacheDir, "python");
  let removed = 0;
  // Environments of the tools have longer names.
  for (const name of (await readdir(folder).catch(() => [])).filter((entry) => /^[0-9a-f]{32}$/.test(entry))) {
    const path = join(folder, name);
    if ((await stat(path)).mtimeMs < before) {
      // Whoever looks for it meanwhile finds all of it or nothing.
      const doomed = join(folder, `.${name}.new-${process.pid}`);
      await rename(path, doomed);
      await rm(doomed, { recursive: true, force: true });
      removed++;
    }
  }
  return removed;
}

/** Answers `POST /_slipway/prune-environments?days=30`. */
export async function answerPrune(request: IncomingMessage): Promise<{ readonly statusCode: number; readonly body: object }> {
  if (!isFromThisMachine(request)) {
    return { statusCode: 403, body: { message: "environments are removed from their own machine only, and not by a web page" } };
  }
  const given = new URL(request.url ?? "", "http://localhost").searchParams.get("days");
  if (given === null || !/^\d{1,5}$/.test(given) || Number(given) < 1) {
    const message = `days: got ${JSON.stringify(given)}; expected a whole number of days from 1, such as ?days=30`;
    return { statusCode: 400, body: { message } };
  }
  return { statusCode: 200, body: { removed: await pruneEnvironments(Date.now() - Number(given) * dayMilliseconds) } };
}
