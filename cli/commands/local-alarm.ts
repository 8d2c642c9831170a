import type { VerbCall } from "../verbs/verb";
import { commandDaemon } from "./local-command";

/** Puts an alarm into a state, as its metric would. */
export async function run(call: VerbCall): Promise<undefined> {
  const [name = ""] = call.arguments.positionals;
  const query = { state: call.arguments.text("to") ?? "ALARM" };
  const data = await commandDaemon(call, `alarms/${encodeURIComponent(name)}`, query);
  const lines = [`Alarm ${name} is in state ${query.state}.`];
  call.emit({ kind: "result", data, blocks: [{ kind: "text", lines }] });
}
