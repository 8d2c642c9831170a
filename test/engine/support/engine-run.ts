import { spawn } from "node:child_process";

/** How one `pulumi` command ended, and what it printed. */
export interface PulumiEnd {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One step of an update or a preview. */
export interface Step {
  readonly op: string;
  readonly type: string;
  readonly name: string;
}

/** What one run of the engine did: every step, and all it said. */
export interface EngineRun {
  readonly exitCode: number | null;
  readonly steps: readonly Step[];
  readonly text: string;
}

/** The folder and the environment `pulumi` runs in. */
export interface PulumiPlace {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

interface EngineEvent {
  readonly resourcePreEvent?: { readonly metadata: { readonly op: string; readonly urn: string; readonly type: string } };
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string };
  readonly policyEvent?: PolicyEvent;
}

/** What a policy pack says of a resource. */
interface PolicyEvent {
  readonly enforcementLevel: string;
  readonly policyName: string;
  readonly resourceUrn?: string;
}

/** Runs one `pulumi` command. */
export function pulumi(args: readonly string[], place: PulumiPlace): Promise<PulumiEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", [...args, "--non-interactive"], { ...place, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** Output of one `pulumi` command; fails with its own words. */
export async function pulumiOutput(args: readonly string[], place: PulumiPlace): Promise<string> {
  const { exitCode, stdout, stderr } = await pulumi(args, place);
  if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${exitCode}: ${stderr}${stdout}`);
  return stdout;
}

/** Runs the engine on the stack `test` and reads the events it prints, one object a line. */
export async function engineRun(args: readonly string[], place: PulumiPlace): Promise<EngineRun> {
  const { exitCode, stdout, stderr } = await pulumi([...args, "--json", "--stack", "test"], place);
  const events = stdout.split("\n").flatMap(parse);
  const steps = events.flatMap(({ resourcePreEvent }) => (resourcePreEvent ? [resourcePreEvent.metadata] : []));
  const messages = events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent && diagnosticEvent.severity !== "debug" ? [diagnosticEvent.message] : [],
  );
  const policies = events.flatMap(({ policyEvent }) => (policyEvent === undefined ? [] : [told(policyEvent)]));
  return {
    exitCode,
    steps: steps.map(({ op, type, urn }) => ({ op, type, name: urn.split("::").at(-1) ?? "" })),
    text: `${messages.join("")}${policies.join("")}${stderr}`,
  };
}

function told({ enforcementLevel, policyName, resourceUrn = "" }: PolicyEvent): string {
  return `[${enforcementLevel}] ${policyName} ${resourceUrn.split("::").at(-1)}\n`;
}

/** An engine that was killed leaves its last line cut off. */
function parse(line: string): EngineEvent[] {
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === "object" && event !== null ? [event] : [];
  } catch {
    return [];
  }
}
