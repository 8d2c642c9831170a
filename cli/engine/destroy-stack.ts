import { dirname, join } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { findOnPath } from "../../tools/command";
import { ensurePulumi } from "../../tools/pulumi/ensure";
import type { StackResource } from "../aws/stack-resources";
import { readDaemonRecord } from "../daemon/record";
import { SlipwayFailures } from "../errors/as-slipway-error";
import { localPlace } from "../project/local-place";
import { findProject } from "../project/project";
import { type StatePaths, statePaths } from "../project/state-dir";
import type { VerbCall } from "../verbs/verb";
import { type EngineError, explainEngineErrors } from "./diagnostics";
import { runEngine } from "./engine";
import { engineEnvironment, localStackName } from "./local-stack";
import { clearDeadEngine, dropPendingOperations } from "./locks";
import { PhaseTracker } from "./phases";

/** The engine for one stack: where it runs, and what it is told. */
interface StackEngine {
  readonly bin: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly paths: StatePaths;
  readonly stackArguments: readonly string[];
}

/**
 * Runs `pulumi destroy`, and tells what goes model by model. Without its preview: that protects nothing here, as the caller has refused what Pulumi would
 * refuse. Throws what went wrong, explained.
 */
export async function destroyStack(call: VerbCall, stack: string | undefined, resources: readonly StackResource[]): Promise<void> {
  const { emit, signal, force } = call;
  const { bin, env, cwd, paths, stackArguments } = stack === undefined ? await localEngine(call) : stackEngine(call, stack);
  const tracker = new PhaseTracker(emit, Date.now, new Map(resources.map(({ urn, parent }) => [urn, parent ?? ""])));
  const errors: EngineError[] = [];
  const quiet = ["--yes", "--skip-preview", "--non-interactive", "--color", "never", "--suppress-outputs", "--suppress-progress"];
  const args = ["destroy", ...stackArguments, "--event-log", paths.engineEvents, ...quiet];
  try {
    const end = await runEngine({
      bin,
      env,
      cwd,
      paths,
      args,
      signal,
      force,
      onEvent: (event) => {
        const { diagnosticEvent: diagnostic } = event;
        if (diagnostic?.severity === "error") errors.push({ diagnostic, model: tracker.modelOf(diagnostic.urn) });
        tracker.handle(event);
      },
    });
    tracker.close(end.exitCode === 0 ? "done" : "failed");
    if (end.exitCode === 0) return;
    const failures = explainEngineErrors(errors, cwd, end.log);
    if (failures.length > 0) throw new SlipwayFailures(failures);
    throw new SlipwayError("SLIP-5012", `pulumi destroy ${end.words}`, {
      details: end.output.trim().split("\n").slice(-12),
      more: [end.log],
    });
  } finally {
    tracker.close("stopped");
  }
}

async function localEngine(call: VerbCall): Promise<StackEngine> {
  const { project, paths } = localPlace(call);
  const daemon = readDaemonRecord(paths);
  if (daemon === undefined) throw new SlipwayError("SLIP-5006", "The local platform is not running");
  const { bin } = await ensurePulumi({ env: call.env, signal: call.signal });
  await clearDeadEngine(paths);
  dropPendingOperations(paths);
  const stackArguments = ["--stack", localStackName, "--config-file", paths.stackConfig];
  return { bin, env: engineEnvironment(call.env, paths, daemon), cwd: project.root, paths, stackArguments };
}

/** A stack on AWS, with the user's own Pulumi and backend; its logs are kept beside those of the local platform. */
function stackEngine(call: VerbCall, stack: string): StackEngine {
  const [cli] = findOnPath("pulumi", call.env);
  if (cli === undefined) throw new SlipwayError("SLIP-6001", "The Pulumi CLI is not on PATH");
  const cwd = findProject(call.cwd)?.root ?? call.cwd;
  const paths = statePaths(join(cwd, ".slipway", "stacks", stack.replaceAll("/", "_")));
  const env = { ...call.env, PULUMI_DEBUG_COMMANDS: "true", PULUMI_SKIP_UPDATE_CHECK: "true" };
  return { bin: dirname(cli), env, cwd, paths, stackArguments: ["--stack", stack] };
}
