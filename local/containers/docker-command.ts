import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** How long `docker version` may take before the engine counts as absent. */
const answerMilliseconds = 1_000;

/** How long a registry may take to say whether it has an image. */
const registryMilliseconds = 10_000;

/** A docker command that failed, with all it printed: what BuildKit tells on standard error, the builder before it tells on standard output. */
export class DockerFailed extends Error {
  constructor(
    message: string,
    readonly output: string,
  ) {
    super(message);
    this.name = "DockerFailed";
  }
}

/** Runs the docker command; rejects with its last error lines. */
export async function docker(
  args: readonly string[],
  options: { readonly timeoutMilliseconds?: number; readonly variables?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  try {
    const { stdout } = await execute("docker", [...args], {
      maxBuffer: 64 * 1024 * 1024,
      ...(options.timeoutMilliseconds === undefined ? {} : { timeout: options.timeoutMilliseconds }),
      ...(options.variables === undefined ? {} : { env: { ...process.env, ...options.variables } }),
    });
    return stdout.trim();
  } catch (error) {
    const told = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    // Node's own message has the whole command line in it, with values that are nobody's to read.
    const detail = told !== "" ? told : error instanceof Error && "code" in error ? `spawn docker ${String(error.code)}` : String(error);
    const printed = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    throw new DockerFailed(`docker ${args[0]} failed:\n${lastLines(detail, 20)}`, `${printed}\n${detail}`);
  }
}

/** Names that the docker command reads for itself, with which it would be led elsewhere. */
const dockersOwn =
  /^(PATH|HOME|USER|TMPDIR|(https?|no|all)_proxy|(DOCKER|BUILDKIT|BUILDX|COMPOSE|XDG|SSH|SSL|GODEBUG|GO|OTEL|LD|LC)(_.*)?|LANG)$/i;

/**
 * A container's environment, as flags of `docker create` and variables of that command. Values are not among the arguments, as every user of the machine may
 * see those; only where a name means something to the command itself they are.
 */
export function environmentFlags(environment: Readonly<Record<string, string>>): {
  readonly flags: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
} {
  const isOwn = (name: string): boolean => dockersOwn.test(name);
  const entries = Object.entries(environment);
  return {
    flags: entries.flatMap(([name, value]) => ["--env", isOwn(name) ? `${name}=${value}` : name]),
    variables: Object.fromEntries(entries.filter(([name]) => !isOwn(name))),
  };
}

/** Whether a Docker engine answers on this machine. */
export async function dockerAnswers(): Promise<boolean> {
  return docker(["version", "--format", "{{.Server.Version}}"], { timeoutMilliseconds: answerMilliseconds }).then(
    (version) => version !== "",
    () => false,
  );
}

/** Whether the engine has an image, or its registry tells that it can be pulled. */
export async function imageWithinReach(name: string): Promise<boolean> {
  const found = async (...args: string[]) =>
    docker([...args, name], { timeoutMilliseconds: registryMilliseconds }).then(
      () => true,
      () => false,
    );
  return (await found("image", "inspect")) || (await found("manifest", "inspect"));
}

function lastLines(text: string, count: number): string {
  return text
    .trim()
    .split("\n")
    .slice(-count)
    .map((line) => `  ${line}`)
    .join("\n");
}
