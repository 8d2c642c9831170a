import { type AptOptions, aptInstall, isDebianRoot } from "../apt";
import { findOnPath } from "../command";

/** A browser the tests can drive, or the reason why there is none. */
export type FoundBrowser = { readonly path: string } | { readonly reason: string };

/** Names of Chromium and of Chrome, which is driven in the same way. */
const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Looks for the browser that SLIPWAY_CHROMIUM names, else for one on PATH. */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): FoundBrowser {
  const path = env.SLIPWAY_CHROMIUM ?? names.flatMap((name) => findOnPath(name, env))[0];
  return path === undefined ? { reason: `none of ${names.join(", ")} is on PATH` } : { path };
}

/** For the tests alone: when there is no browser and this is root on Debian or Ubuntu, installs one. */
export async function ensureBrowser(o: AptOptions = {}): Promise<FoundBrowser> {
  const env = o.env ?? process.env;
  const found = findBrowser(env);
  if ("path" in found) return found;
  if (!isDebianRoot(env)) return { reason: `${found.reason}, and only root on Debian or Ubuntu can have one installed here` };
  try {
    await aptInstall(["chromium"], o);
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
  return findBrowser(env);
}
