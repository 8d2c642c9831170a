import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { SlipwayError } from "../components/errors/slipway-error";

/** The folder itself when it exists, else the nearest one above it that does. */
export function nearestExisting(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestExisting(dirname(folder));
}

/** Why nothing can be made in a folder, or where it would have to be made, such as `EACCES: permission denied`; undefined when it can. Leaves nothing. */
export function whyUnwritable(folder: string): string | undefined {
  const place = nearestExisting(folder);
  try {
    rmdirSync(mkdtempSync(join(place, ".slipway-")));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/, mkdtemp .*$/, ` (in ${place})`) : String(error);
  }
}

/**
 * Makes a folder and those above it; throws SLIP-5015 with the folder's name when it cannot be written. It is tried first, because Node's own recursive
 * `mkdir` never ends below a folder that denies what it is asked to hold, such as /proc.
 */
export function makeFolder(folder: string, cure?: string): void {
  const reason = whyUnwritable(folder);
  if (reason !== undefined)
    throw new SlipwayError("SLIP-5015", `${folder} cannot be written`, { details: [reason], ...(cure === undefined ? {} : { cure }) });
  mkdirSync(folder, { recursive: true });
}
