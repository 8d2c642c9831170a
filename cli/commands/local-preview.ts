import { SlipwayError } from "../../components/errors/slipway-error";
import { explainEngineErrors } from "../engine/diagnostics";
import { runEngine } from "../engine/engine";
import { engineEnvironment, ensureLocalStack, localStackName } from "../engine/local-stack";
import { clearDeadEngine, dropPendingOperations } from "../engine/locks";
import { UpdateWatch } from "../engine/update-watch";
import { SlipwayFailures } from "../errors/as-slipway-error";
import { localPlace } from "../project/local-place";
import type { VerbCall } from "../verbs/verb";
import { ensureLocalPlatform } from "./local-daemon";

/** Prints the engine's own plain diff on standard output. */
export async function run(call: VerbCall): Promise<undefined> {
  const { project, paths } = localPlace(call);
  const { daemon, tools } = await ensureLocalPlatform(call, project, paths);
  const { emit, signal, force } = call;
  const engine = { bin: tools.pulumi.bin, env: engineEnvironment(call.env, paths, daemon), signal, force };
  await clearDeadEngine(paths);
  dropPendingOperations(paths);
  await ensureLocalStack(project, paths, engine);
  // Phases would call planned steps done; only errors and the summary are of use here.
  const watch = new UpdateWatch((event) => (event.kind === "note" ? emit(event) : undefined));
  const quiet = ["--non-interactive", "--color", "never", "--diff", "--suppress-progress"];
  const args = ["preview", "--stack", localStackName, "--config-file", paths.stackConfig, "--event-log", paths.engineEvents, ...quiet];
  emit({ kind: "phase-started", phase: "preview", detail: "comparing the declarations with what runs" });
  const began = Date.now();
  const end = await runEngine({ ...engine, paths, cwd: project.root, args, onEvent: (event) => watch.handle(event) });
  const failed = end.exitCode !== 0;
  const seconds = (Date.now() - began) / 1000;
  const detail = failed ? "would fail" : watch.changed ? "would change something" : "nothing would change";
  emit({ kind: "phase-finished", phase: "preview", outcome: failed ? "failed" : "done", detail, seconds });
  const diff = end.output.trimEnd().split("\n");
  if (failed) {
    const failures = explainEngineErrors(watch.errors, project.root, end.log);
    if (failures.length > 0) throw new SlipwayFailures(failures);
    throw new SlipwayError("SLIP-5012", `pulumi preview ${end.words}`, { details: diff.slice(-12), more: [end.log] });
  }
  emit({ kind: "result", data: { changes: { ...watch.counts }, changed: watch.changed, diff }, blocks: [{ kind: "text", lines: diff }] });
}
