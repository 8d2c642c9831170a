import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { writeFileAtomicSync } from "./atomic-file";

/** Names the account a state folder is of: ARNs with the account in them are all over it. */
export const accountFile = "account.json";

/** Writes down whose a new state folder is. Throws SLIP-5008 for a folder of another account. */
export function claimAccount(stateDir: string, account: string): void {
  const path = join(stateDir, accountFile);
  const owner = readAccount(path);
  if (owner === undefined) {
    writeFileAtomicSync(path, `${JSON.stringify({ account })}\n`);
  } else if (owner !== account) {
    throw new SlipwayError(
      "SLIP-5008",
      `--account: got ${account}, and the state folder ${stateDir} is of account ${owner}; use --account ${owner}, another folder (--state <dir>), or start afresh (slipway local down --data)`,
    );
  }
}

function readAccount(path: string): string | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof content === "object" && content !== null && "account" in content ? String(content.account) : undefined;
  } catch {
    return undefined;
  }
}
