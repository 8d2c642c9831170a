import { SlipwayError } from "../../components/errors/slipway-error";
import { findOnPath, tryCommand } from "../command";

/** A Python new enough for the container kit and the local platform. */
export interface FoundPython {
  /** Absolute path of the interpreter. */
  readonly path: string;
  /** Such as `3.11.7`. */
  readonly version: string;
}

const minimum = { major: 3, minor: 10 };
const names = ["python3", "python", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];

// `sys.executable` is the interpreter itself behind wrappers such as pyenv's; the imports are what `python -m venv` needs.
const probe = "import sys,venv,ensurepip;print(sys.executable);print('%d.%d.%d'%sys.version_info[:3])";

/** The first Python 3.10 or newer on PATH that can make virtual environments. Throws SLIP-5002 with what was found and the cure. */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<FoundPython> {
  const seen: string[] = [];
  for (const candidate of names.flatMap((name) => findOnPath(name, env))) {
    const { stdout, output, exitCode } = await tryCommand(candidate, ["-c", probe], { env, timeout: 20_000 });
    const [path = "", version = ""] = stdout.trim().split("\n");
    if (exitCode !== 0) seen.push(`${candidate}: ${lastLine(output)}`);
    else if (!isNewEnough(version)) seen.push(`${candidate}: version ${version} is too old`);
    else return { path, version };
  }
  const needed = `Python ${minimum.major}.${minimum.minor}`;
  throw new SlipwayError("SLIP-5002", `No ${needed} or newer that can make virtual environments was found`, {
    details: seen.length === 0 ? ["there is no python3 or python on PATH"] : seen,
    cure: `${cureFor(seen)}, then run again.`,
  });
}

function cureFor(seen: readonly string[]): string {
  if (seen.some((line) => /ensurepip|venv/.test(line)))
    return "Install Python's venv module (on Debian and Ubuntu: apt-get install python3-venv)";
  const installers = { darwin: "brew install python", linux: "on Debian and Ubuntu: apt-get install python3 python3-venv" };
  const installer = process.platform === "darwin" ? installers.darwin : installers.linux;
  return `Install Python ${minimum.major}.${minimum.minor} or newer (${installer}; or https://www.python.org/downloads/)`;
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === minimum.major && minor >= minimum.minor;
}

const lastLine = (output: string): string => output.trim().split("\n").at(-1) ?? "";
