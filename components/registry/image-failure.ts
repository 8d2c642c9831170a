/** What a builder, or a registry, says when an image fails for a known cause, and what to do then. */
interface KnownCause {
  readonly sign: RegExp;
  /** `$1` stands for what the sign has in its first group. */
  readonly cure: string;
}

/** The first that fits is told; what is more exact stands before what follows from it. */
export const imageCauses: readonly KnownCause[] = [
  {
    sign: /permission denied while trying to connect to the Docker daemon/i,
    cure: "This user may not use Docker: add it to the group docker (sudo usermod -aG docker $USER, then log in again), or use rootless Docker.",
  },
  {
    sign: /Cannot connect to the Docker daemon|is the docker daemon running|error during connect|docker(?:\.sock)?: (?:no such file|command not found)|executable file not found.*docker|spawn docker ENOENT/i,
    cure: "No Docker engine answers: start Docker (docker version shows whether it does), or set DOCKER_HOST to where it is.",
  },
  {
    sign: /dockerfile parse error(?: on)? line (\d+)/i,
    cure: "Correct line $1 of the Dockerfile.",
  },
  {
    sign: /unknown instruction: (\S+)/i,
    cure: "$1 is no instruction of a Dockerfile: correct that line.",
  },
  {
    sign: /target stage "?([\w.-]+)"? could not be found|failed to reach build target ([\w.-]+)/i,
    cure: "The Dockerfile has no stage of the name that `target` gives: correct it, or write FROM … AS $1.",
  },
  {
    sign: /failed to (?:compute|calculate) .*"([^"]+)": not found|(?:COPY|ADD) failed: .*\bstat ([^\s:]+)|(?:COPY|ADD) failed: (?:no source files|file not found)/i,
    cure: "The Dockerfile copies $1, which the build context does not have: the path is relative to `context`; .dockerignore and leftOut leave files out.",
  },
  {
    sign: /toomanyrequests|pull rate limit/i,
    cure: "The registry of the base image lets no more pulls through for now: docker login there, or take the base from public.ecr.aws/docker/library.",
  },
  {
    sign: /No matching distribution found for (\S+)|Could not find a version that satisfies the requirement (\S+)/i,
    cure: "There is no such version of $1 for the image's Python and processor: correct the requirement, or take a base image with another Python.",
  },
  {
    sign: /Unable to locate package (\S+)|E: Version .* for '(\S+)' was not found/i,
    cure: "The base image's distribution has no package $1 (of that version): correct its name, and run apt-get update in the same step.",
  },
  {
    sign: /exec format error/i,
    cure: "The step runs on other processors than this machine has: build on such a machine, or install emulation (docker run --privileged --rm tonistiigi/binfmt --install all).",
  },
  { sign: /No space left on device/i, cure: "Docker's disk is full: docker system df shows by what, docker system prune makes room." },
  {
    sign: /exit code:? 137|returned a non-zero code: 137|Killed$|oom-kill/i,
    cure: "The step ran out of memory: give Docker more of it, or let the step do less at a time.",
  },
  {
    sign: /image tag '?([^'\s]+)'? already exists|ImageTagAlreadyExists|cannot be overwritten because the (?:tag|repository) is immutable/i,
    cure: "The tag is in the repository with another content, and tags never move: change any file of the model, or delete that image (aws ecr batch-delete-image).",
  },
  {
    sign: /repository with name '([^']+)' does not exist/i,
    cure: "There is no repository $1 in the registry: pulumi up of the platform makes it; check the account and the region.",
  },
  {
    sign: /authorization token has expired|no basic auth credentials|unauthorized|denied: (?:requested access|User|not authorized)|403 Forbidden|get-login-password/i,
    cure: "The registry refused the login: for ECR the deployer needs ecr:GetAuthorizationToken and push to the repository, and a login lasts 12 hours (run again); for a private base image, docker login there first.",
  },
  {
    sign: /(?:failed to resolve source metadata for|manifest for|pull access denied for|failed to resolve reference) "?([\w./:@-]+?)"?(?:[,:]? |:?$)/i,
    cure: "The base image $1 cannot be pulled: correct its name and tag in FROM; a private one needs docker login.",
  },
  {
    sign: /manifest unknown|repository does not exist/i,
    cure: "The base image cannot be pulled: correct its name and tag in FROM; a private one needs docker login.",
  },
  {
    sign: /no such host|name resolution|i\/o timeout|TLS handshake timeout|failed to do request|Connection timed out|Could not resolve/i,
    cure: "The builder does not reach that address: check the network, or give a proxy (buildArguments HTTP_PROXY and HTTPS_PROXY).",
  },
];

/** Lines that are shown; a terminal shows no more of them. */
const mostLines = 8;

/** How a builder failed, for people. */
export interface ImageFailure {
  /** The instruction that failed; undefined when none did, as when a push is refused. */
  readonly step: string | undefined;
  /** The last lines that say something. */
  readonly lines: readonly string[];
  /** Undefined when the cause is none of the known. */
  readonly cure: string | undefined;
}

/** Reads what BuildKit, Docker's builder before it, or a registry has printed. */
export function readImageFailure(output: string): ImageFailure {
  const all = output.split(/\r?\n/).map((line) => line.trimEnd());
  return { step: failedStep(all), lines: meaningful(all), cure: cureOf(all) };
}

/** The whole message, with the last lines and the cure, as gates give it. */
export function imageFailureMessage(imageName: string, output: string): string {
  const { step, lines, cure } = readImageFailure(output);
  const sentence = step === undefined ? "" : `: ${step} failed`;
  const fix = cure === undefined ? [] : [`  fix  ${cure}`];
  return [`SLIP-5022 the image ${imageName} cannot be built${sentence}`, ...lines.map((line) => `  log  ${line}`), ...fix].join("\n");
}

/** BuildKit names it in a heading (` > [2/3] RUN …:`), the builder before it tells each step as it begins. */
function failedStep(lines: readonly string[]): string | undefined {
  const heading = lines.map((line) => /^\s*> (?:\[[^\]]*\] )?(.+?):?$/.exec(line)?.[1]).find((step) => step !== undefined);
  if (heading !== undefined) return heading;
  const failed = lines.some((line) => /returned a non-zero code|^(?:\w+ failed|Error)/i.test(line));
  const begun = lines.flatMap((line) => /^\s*Step \d+\/\d+ : (.+)$/.exec(line)?.[1] ?? []);
  return failed ? begun.at(-1) : undefined;
}

/** Without progress, rules and what is told twice: BuildKit repeats the failing step's lines below its heading. */
function meaningful(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (const line of lines) {
    const bare = line
      .replace(/^\s*#\d+\s+/, "")
      .replace(/^\s*\d+\.\d+\s/, "")
      .trim();
    const isNoise =
      bare === "" ||
      /^-{3,}$/.test(bare) ||
      /^(?:> |\[[^\]]*\d+\/\d+\] )/.test(bare) ||
      /^(?:DONE|CACHED|sha256:|transferring |resolve |extracting |--->)/.test(bare);
    if (!isNoise && !kept.includes(bare)) kept.push(bare);
  }
  return kept.slice(-mostLines);
}

function cureOf(lines: readonly string[]): string | undefined {
  const newest = [...lines].reverse();
  for (const { sign, cure } of imageCauses) {
    for (const line of newest) {
      const match = sign.exec(line);
      if (match !== null) {
        const named = match.slice(1).find((group) => group !== undefined) ?? "it";
        return cure.replace("$1", named);
      }
    }
  }
  return undefined;
}
