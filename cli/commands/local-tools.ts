import { ensurePulumi, type PulumiToolchain } from "../../tools/pulumi/ensure";
import { ensureLocalTools, type PythonTools } from "../../tools/python/ensure";
import type { Emit } from "../output/events";

/** The tools that local mode needs. */
export interface LocalTools {
  readonly pulumi: PulumiToolchain;
  readonly python: PythonTools;
}

/** Finds or installs the engine and the Python tools, both at once. Tools that were all there are not worth a line. */
export function ensureTools(env: NodeJS.ProcessEnv, emit: Emit, signal: AbortSignal): Promise<LocalTools> {
  return inPhase(emit, signal, async (onProgress) => {
    const [pulumi, python] = await settled([ensurePulumi({ onProgress, env, signal }), ensureLocalTools({ onProgress, env, signal })]);
    return { value: { pulumi, python }, detail: describe(pulumi) };
  });
}

/** The Python tools alone, which are all that the endpoint needs. */
export function ensureEndpointTools(env: NodeJS.ProcessEnv, emit: Emit, signal: AbortSignal): Promise<PythonTools> {
  return inPhase(emit, signal, async (onProgress) => ({
    value: await ensureLocalTools({ onProgress, env, signal }),
    detail: `Python tools, node ${process.versions.node}`,
  }));
}

async function inPhase<T>(
  emit: Emit,
  signal: AbortSignal,
  work: (onProgress: (detail: string) => void) => Promise<{ readonly value: T; readonly detail: string }>,
): Promise<T> {
  const phase = "tools";
  const started = Date.now();
  emit({ kind: "phase-started", phase });
  let told = false;
  const onProgress = (detail: string) => {
    told = true;
    emit({ kind: "phase-progress", phase, detail: detail.trim() });
  };
  try {
    const { value, detail } = await work(onProgress);
    if (told) emit({ kind: "phase-finished", phase, outcome: "done", detail, seconds: (Date.now() - started) / 1000 });
    else emit({ kind: "phase-dropped", phase });
    return value;
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
