import type { VerbCall } from "../verbs/verb";
import { commandDaemon } from "./local-command";

/** Takes the instances of a spot training job away; the job goes on from its checkpoint when there are some again. */
export async function run(call: VerbCall): Promise<undefined> {
  const [job = ""] = call.arguments.positionals;
  const seconds = call.arguments.text("capacity-after") ?? "0";
  const data = await commandDaemon(call, `training-jobs/${encodeURIComponent(job)}/interrupt`, { capacitySeconds: seconds });
  const lines = [
    `Training job ${job} is being interrupted; instances are to be had ${seconds === "0" ? "at once" : `after ${seconds} s`}.`,
  ];
  call.emit({ kind: "result", data, blocks: [{ kind: "text", lines }] });
}
