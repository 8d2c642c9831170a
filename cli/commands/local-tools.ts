import { ensurePulumi, type PulumiToolchain } from "../../tools/pulumi/ensure";
import { ensureLocalTools, type PythonTools } from "../../tools/python/ensure";
import type { Emit } from "../output/events";

/** The tools that local mode needs. */
export interface LocalTools {
  readonly pulumi: PulumiToolchain;
  readonly python: PythonTools;
}

/** Finds or installs the engine and the Python tools, both at once. Tools that were all there are not worth a line. */
export async function ensureTools(env: NodeJS.ProcessEnv, emit: Emit, signal: AbortSignal): Promise<LocalTools> {
  const phase = "tools";
  const started = Date.now();
  emit({ kind: "phase-started", phase });
  let told = false;
  const onProgress = (detail: string) => {
    told = true;
    emit({ kind: "phase-progress", phase, detail: detail.trim() });
  };
  try {
    const [pulumi, python] = await settled([ensurePulumi({ onProgress, env, signal }), ensureLocalTools({ onProgress, env, signal })]);
    if (told) emit({ kind: "phase-finished", phase, outcome: "done", detail: describe(pulumi), seconds: (Date.now() - started) / 1000 });
    else emit({ kind: "phase-dropped", phase });
    return { pulumi, python };
  } catch (error) {
    emit({
      kind: "phase-finished",
      phase,
      outcome: signal.aborted ? "stopped" : "failed",
      detail: "",
      seconds: (Date.now() - started) / 1000,
    });
    // Ctrl-C in a terminal reaches the installers too: what they then complain of is not the reason.
    signal.throwIfAborted();
    throw error;
  }
}

function describe({ version, source }: PulumiToolchain): string {
  const how = { path: "", cache: "", download: " (downloaded)", build: " (built)" }[source];
  return `pulumi ${version}${how}, Python tools, node ${process.versions.node}`;
}

/** Both, or the first failure once the other has ended too: nothing is left working behind the error. */
async function settled<A, B>([first, second]: [Promise<A>, Promise<B>]): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === "rejected") throw a.reason;
  if (b.status === "rejected") throw b.reason;
  return [a.value, b.value];
}
