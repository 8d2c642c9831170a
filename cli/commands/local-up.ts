import { deployedModels } from "../../client/model-outputs";
import { SlipwayError } from "../../components/errors/slipway-error";
import { statusOf } from "../daemon/admin";
import { endpointsSettled } from "../daemon/settle";
import { explainEngineErrors } from "../engine/diagnostics";
import { runEngine } from "../engine/engine";
import { engineEnvironment, ensureLocalStack, localOutputs, localStackName, recordedParents } from "../engine/local-stack";
import { clearDeadEngine, dropPendingOperations } from "../engine/locks";
import { UpdateWatch } from "../engine/update-watch";
import { SlipwayFailures } from "../errors/as-slipway-error";
import { localPlace } from "../project/local-place";
import type { Project } from "../project/project";
import type { StatePaths } from "../project/state-dir";
import type { VerbCall } from "../verbs/verb";
import { lastScreen, readyLine, screenData } from "./last-screen";
import { ensureLocalPlatform, type LocalPlatform } from "./local-daemon";
import { endpointAlone } from "./local-endpoint";
import { runningJobsNote } from "./running-jobs";

/** Said at the first Ctrl-C: what an engine has begun, such as a training job, it waits for. */
const stopping = "Stopping once what has begun is at a safe point. Ctrl-C again stops at once.";

export async function run(call: VerbCall): Promise<undefined> {
  if (call.arguments.flag("no-stack")) return endpointAlone(call);
  const started = Date.now();
  const { project, paths } = localPlace(call);
  const platform = await ensureLocalPlatform(call, project, paths);
  const changed = await update(call, project, paths, platform);
  const view = {
    daemon: platform.daemon,
    consoleUrl: (await statusOf(platform.daemon.port))?.consoleUrl,
    models: deployedModels(localOutputs(paths)),
    project,
    stateOption: call.arguments.text("state"),
    cwd: call.cwd,
  };
  const seconds = (Date.now() - started) / 1000;
  call.emit({
    kind: "result",
    data: { ...screenData(view), changed, seconds: Math.round(seconds * 10) / 10 },
    blocks: [...lastScreen(view), { kind: "text", lines: ["", readyLine(view, seconds)] }],
  });
}

/** Runs `pulumi up` on the local stack; true when it changed something. Throws what went wrong, explained. */
async function update(call: VerbCall, project: Project, paths: StatePaths, { daemon, tools }: LocalPlatform): Promise<boolean> {
  const { emit, signal, force } = call;
  const engine = { bin: tools.pulumi.bin, env: engineEnvironment(call.env, paths, daemon), signal, force };
  await clearDeadEngine(paths);
  const cutOff = dropPendingOperations(paths);
  if (cutOff.length > 0) emit({ kind: "note", level: "info", text: `The last run was cut off; doing again: ${cutOff.join(", ")}` });
  await settle(call, daemon.port);
  await ensureLocalStack(project, paths, engine);
  const watch = new UpdateWatch(emit, Date.now, recordedParents(paths));
  watch.start();
  signal.addEventListener("abort", () => emit({ kind: "note", level: "info", text: stopping }), { once: true });
  try {
    const end = await runEngine({ ...engine, paths, cwd: project.root, args: upArguments(paths), onEvent: (event) => watch.handle(event) });
    if (end.exitCode === 0) {
      watch.finish("done");
      return watch.changed;
    }
    watch.finish("failed");
    const failures = explainEngineErrors(watch.errors, project.root, end.log);
    if (failures.length > 0) throw new SlipwayFailures(failures);
    throw new SlipwayError("SLIP-5012", `pulumi up ${end.words}`, {
      details: end.output.trim().split("\n").slice(-12),
      more: [end.log],
    });
  } catch (error) {
    watch.finish(signal.aborted ? "stopped" : "failed");
    const text = signal.aborted ? runningJobsNote(await statusOf(daemon.port, 1_000), call.arguments.text("state")) : undefined;
    if (text !== undefined) emit({ kind: "note", level: "warning", text });
    throw error;
  }
}

async function settle({ emit, signal }: VerbCall, port: number): Promise<void> {
  const phase = "waiting";
  await endpointsSettled(port, signal, (names) =>
    emit({ kind: "phase-progress", phase, detail: `${names.join(", ")}: finishing the change that was cut off` }),
  ).finally(() => emit({ kind: "phase-dropped", phase }));
}

function upArguments(paths: StatePaths): string[] {
  const quiet = ["--non-interactive", "--color", "never", "--suppress-outputs", "--suppress-progress"];
  return [
    "up",
    "--yes",
    "--skip-preview",
    "--stack",
    localStackName,
    "--config-file",
    paths.stackConfig,
    "--event-log",
    paths.engineEvents,
    ...quiet,
  ];
}
