import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../package-root";
import { ensureAuditTools } from "../../python/ensure";
import type { Accepted } from "./accepted";
import { audit } from "./audit";

/** `npm run audit [-- --osv-url URL]`: asks which of the shipped packages are known to be vulnerable. Ends with 0, 1 (found) or 3 (not all could be asked about). */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { "osv-url": { type: "string" } } });
  const root = packageRoot();
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { python } = await ensureAuditTools({ onProgress: say });
  const accepted = JSON.parse(readFileSync(join(root, "tools", "supply-chain", "audit", "accepted.json"), "utf8")) as Partial<Accepted>[];
  const osvUrl = values["osv-url"];
  const { code, lines } = await audit({ root, python, env: process.env, accepted, ...(osvUrl === undefined ? {} : { osvUrl }) });
  for (const line of lines) process.stdout.write(`${line}\n`);
  return code;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 3;
  },
);
