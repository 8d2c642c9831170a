import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { findBrowser } from "../../tools/browser/ensure";

/** Chromium's own calls home are refused on many machines: without these it fills the log with them. */
const quietly = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"];

export function launchBrowser(): Promise<Browser> {
  const found = findBrowser();
  if ("reason" in found) {
    throw new Error(`${found.reason}: install Debian's package chromium, or name a browser by SLIPWAY_CHROMIUM`);
  }
  return chromium.launch({ executablePath: found.path, args: quietly });
}

/** Keeps a picture of the page in `.slipway/test/screenshots`, for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = join(__dirname, "..", "..", ".slipway", "test", "screenshots");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
