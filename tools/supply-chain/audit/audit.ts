import { join } from "node:path";
import { tryCommand } from "../../command";
import { type Accepted, judge } from "./accepted";
import { type Audited, readNpmAudit, readPipAudit } from "./findings";

export interface AuditOptions {
  /** Folder of package.json and of the requirement files. */
  readonly root: string;
  /** Interpreter with pip-audit. */
  readonly python: string;
  /** Environment of npm and pip-audit; npm's registry is what npm is configured to use. */
  readonly env: NodeJS.ProcessEnv;
  /** Asks this OSV service (its `/v1/query`) about Python packages instead of PyPI. */
  readonly osvUrl?: string;
  readonly accepted: readonly Partial<Accepted>[];
  readonly today?: string;
}

/** Everything that is shipped; what tests it is not asked about. */
export const requirementFiles = ["container/requirements.txt", "tools/python/requirements-local.txt", "tools/python/requirements-uv.txt"];

/** 0: asked about everything, nothing found. 1: something found. 3: nothing found, and something could not be asked about. */
export type AuditCode = 0 | 1 | 3;

export async function audit(o: AuditOptions): Promise<{ readonly code: AuditCode; readonly lines: readonly string[] }> {
  const audited = await Promise.all([auditNpm(o), auditPython(o)]);
  const { left, notes } = judge(
    audited.flatMap(({ findings }) => findings),
    o.accepted,
    o.today,
  );
  const unchecked = audited.flatMap((each) => each.unchecked);
  const lines = [
    ...left.map(({ ids, package: name, says }) => `found ${ids.join(" ")} in ${name}: ${says}`),
    ...unchecked.map((sentence) => `not checked: ${sentence}`),
    ...notes,
    left.length > 0
      ? "Take a version that mends it, or accept it in tools/supply-chain/audit/accepted.json with a reason and a last day."
      : unchecked.length > 0
        ? "Nothing was found in what could be checked."
        : "Nothing was found.",
  ];
  return { code: left.length > 0 ? 1 : unchecked.length > 0 ? 3 : 0, lines };
}

async function auditNpm({ root, env }: AuditOptions): Promise<Audited> {
  const args = ["audit", "--json", "--omit=dev", "--package-lock-only"];
  const { stdout } = await tryCommand("npm", args, { cwd: root, env, timeout: 120_000 });
  return readNpmAudit(stdout);
}

async function auditPython({ root, env, python, osvUrl }: AuditOptions): Promise<Audited> {
  const files = requirementFiles.flatMap((file) => ["-r", join(root, file)]);
  // The files are whole: nothing is resolved, downloaded or built to ask about them.
  const options = ["--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off", "--desc=on", "--aliases=on"];
  const service = osvUrl === undefined ? [] : ["--vulnerability-service=osv", `--osv-url=${osvUrl}`];
  const { stdout, output } = await tryCommand(python, ["-m", "pip_audit", ...files, ...options, ...service], { env, timeout: 280_000 });
  return readPipAudit(stdout, output);
}
