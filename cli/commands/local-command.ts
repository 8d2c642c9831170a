import { SlipwayError } from "../../components/errors/slipway-error";
import { command } from "../daemon/admin";
import { readDaemonRecord } from "../daemon/record";
import type { JsonValue } from "../output/events";
import { localPaths } from "../project/local-place";
import type { VerbCall } from "../verbs/verb";

/**
 * Sends a command to the running daemon, for the region of the call or the daemon's own, and returns its answer. Throws SLIP-5006 when it does not run
 * and SLIP-5024 with its words when it refuses.
 */
export async function commandDaemon(call: VerbCall, path: string, query: Record<string, string>): Promise<{ [key: string]: JsonValue }> {
  const record = readDaemonRecord(localPaths(call));
  if (record === undefined) throw notRunning();
  const words = new URLSearchParams({ region: call.arguments.text("region") ?? record.region, ...query });
  const answer = await command(record.port, `${path}?${words}`);
  if (answer === undefined) throw notRunning();
  if (!answer.ok) throw new SlipwayError("SLIP-5024", String(answer.body.message ?? "the local platform refused"));
  return answer.body as { [key: string]: JsonValue };
}

function notRunning(): SlipwayError {
  return new SlipwayError("SLIP-5006", "The local platform is not running", { cure: "npx slipway local up" });
}
