import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { ImageBuild, ImageBuilder, ImageStore, LocalImage } from "../images/image-store";
import type { ProcessRegister } from "../state/process-register";
import type { Container, ContainerExit, ContainerNetwork, ContainerRunner, ContainerSpec } from "./container-runner";
import { docker, environmentFlags } from "./docker-command";
import { buildImage, pruneImages, pullImage } from "./docker-images";
import { createNetwork, removeNetwork, servingPort, servingUrl } from "./docker-networks";
import { splitLines } from "./line-splitter";

/** Images of this state folder that nothing uses are removed when they are older than this. */
const imageMilliseconds = 7 * 24 * 3_600 * 1_000;

export interface DockerRunnerOptions {
  readonly stateDir: string;
  readonly register: ProcessRegister;
  /** Build argument BASE_IMAGE for Dockerfiles that have it; the Dockerfile's own default when left out. */
  readonly baseImage?: string;
  /** Further flags of `docker build`, such as `--network=host`. */
  readonly buildFlags?: readonly string[];
  /** Age at which an image that nothing uses is removed, in milliseconds; a week when left out. */
  readonly imageMilliseconds?: number;
  /** Further flags of `docker create`, such as `--read-only`. */
  readonly runFlags?: readonly string[];
}

/** Runs containers in the Docker engine, with the mounts and the port that SageMaker gives them. */
export class DockerRunner implements ContainerRunner, ImageBuilder {
  readonly kind = "docker";
  /** `name=value` of everything in the engine that belongs to this state folder. */
  readonly label: string;
  private machineMemory: Promise<number> | undefined;

  constructor(private readonly options: DockerRunnerOptions) {
    this.label = `slipway.state=${createHash("sha256").update(resolve(options.stateDir)).digest("hex").slice(0, 16)}`;
  }

  async prepare(image: LocalImage, build: ImageBuild): Promise<{ dockerImageId: string }> {
    return { dockerImageId: await buildImage(image, build, { ...this.options, label: this.label }) };
  }

  provide(uri: string, store: Pick<ImageStore, "build">, tell: (line: string) => void): Promise<LocalImage> {
    return pullImage(uri, store, tell);
  }

  pruneImages(inUse: readonly LocalImage[]): Promise<number> {
    const kept = new Set(inUse.flatMap(({ dockerImageId }) => (dockerImageId === undefined ? [] : [dockerImageId])));
    return pruneImages(this.label, kept, Date.now() - (this.options.imageMilliseconds ?? imageMilliseconds));
  }

  async run(spec: ContainerSpec): Promise<Container> {
    const image = spec.image.dockerImageId ?? spec.image.uri;
    await mkdir(spec.baseDir, { recursive: true });
    // The user inside the container need not be the one who runs the daemon.
    await chmod(spec.baseDir, 0o777);
    const name = `slipway-${spec.name}-${randomBytes(3).toString("hex")}`.replace(/[^a-zA-Z0-9_.-]/g, "-");
    const [entrypoint, ...argumentsGiven] = spec.commandLine ?? [];
    const isolated = spec.networkIsolation === true && spec.network === undefined;
    const own = isolated && spec.command === "serve" ? await createNetwork(this.label, spec.name, true) : undefined;
    const environment = environmentFlags(spec.environment);
    const flags = [
      "create",
      ...["--name", name, "--label", this.label, "--label", `slipway.container=${spec.name}`],
      ...(spec.network === undefined
        ? ["--network", own ?? (isolated ? "none" : "bridge")]
        : ["--network", spec.network.id, "--network-alias", spec.network.alias, "--hostname", spec.network.alias]),
      ...["--volume", `${resolve(spec.baseDir)}:/opt/ml`],
      ...(this.options.runFlags ?? []),
      ...(spec.command === "serve" && !isolated ? ["--publish", `127.0.0.1::${servingPort}`] : []),
      ...(await this.memoryFlags(spec)),
      ...environment.flags,
      ...(entrypoint === undefined ? [] : ["--entrypoint", entrypoint]),
      image,
      ...(entrypoint === undefined ? ownCommand(spec) : argumentsGiven),
    ];
    await docker(flags, { variables: environment.variables }).catch(async (error: unknown) => {
      await (own === undefined ? undefined : removeNetwork(own));
      throw error;
    });
    return this.start(name, spec, own);
  }

  /** A bridge of its own, on which the containers know each other by their aliases. */
  async openNetwork(name: string, { isolated } = { isolated: false }): Promise<ContainerNetwork> {
    const id = await createNetwork(this.label, name, isolated);
    return { id, interfaceName: "eth0", environment: {}, close: () => removeNetwork(id) };
  }

  async removeLeftovers(): Promise<void> {
    const ids = await docker(["ps", "--all", "--quiet", "--filter", `label=${this.label}`]);
    await Promise.all(linesOf(ids).map((id) => removed(docker(["rm", "--force", "--volumes", id]))));
    const networks = await docker(["network", "ls", "--quiet", "--filter", `label=${this.label}`]);
    await Promise.all(linesOf(networks).map((id) => removed(docker(["network", "rm", id]))));
  }

  /** The limit of the instance type, when the machine that runs the engine has that much. */
  private async memoryFlags({ memoryBytes, onLine }: ContainerSpec): Promise<readonly string[]> {
    if (memoryBytes === undefined) {
      return [];
    }
    this.machineMemory ??= docker(["info", "--format", "{{.MemTotal}}"]).then(Number);
    const machine = await this.machineMemory;
    if (memoryBytes <= machine) {
      return ["--memory", String(memoryBytes)];
    }
    const gib = (bytes: number): string => `${Number((bytes / 1_024 ** 3).toFixed(1))} GiB`;
    onLine(`no memory limit: the instance has ${gib(memoryBytes)}, the machine that runs Docker ${gib(machine)}`);
    return [];
  }

  private async start(name: string, spec: ContainerSpec, ownNetwork: string | undefined): Promise<Container> {
    // Attached, so that no line between start and a later `docker logs` is lost.
    const attached = spawn("docker", ["start", "--attach", name], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...this.options.register.environment },
    });
    if (attached.pid === undefined) {
      const [error] = await once(attached, "error");
      throw new Error(`docker cannot be run: ${String(error)}`);
    }
    const pid = attached.pid;
    this.options.register.add(pid);
    const stdout = splitLines(attached.stdout, (line) => spec.onLine(line, "stdout"));
    const stderr = splitLines(attached.stderr, (line) => spec.onLine(line, "stderr"));
    const exited = once(attached, "close").then(async (): Promise<ContainerExit> => {
      await Promise.all([stdout.ended, stderr.ended]);
      this.options.register.remove(pid);
      const code = await docker(["inspect", "--format", "{{.State.ExitCode}}", name]).catch(() => "137");
      await docker(["rm", "--force", "--volumes", name]).catch(() => undefined);
      await (ownNetwork === undefined ? undefined : removeNetwork(ownNetwork));
      await takeOver(spec);
      return { code: Number(code) };
    });
    const stop = async (graceSeconds: number): Promise<ContainerExit> => {
      await docker(["stop", "--time", String(graceSeconds), name]).catch(() => undefined);
      return exited;
    };
    const url = spec.command === "serve" ? await servingUrl(name, ownNetwork, exited) : undefined;
    return { url, exited, stop };
  }
}

/** `train` and `serve` are arguments of the image's entry point; a processing image is given the job's own. */
function ownCommand({ command, commandArguments }: ContainerSpec): readonly string[] {
  return command === "process" ? (commandArguments ?? []) : [command];
}

/** On Linux a container's files belong to its own user, root as a rule: a daemon of another user could not read or remove them. */
async function takeOver({ image, baseDir }: ContainerSpec): Promise<void> {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (process.platform !== "linux" || uid === 0) {
    return;
  }
  const mount = ["--volume", `${resolve(baseDir)}:/opt/ml`];
  const command = ["--entrypoint", "chown", image.dockerImageId ?? image.uri, "-R", `${uid}:${gid}`, "/opt/ml"];
  await docker(["run", "--rm", "--network", "none", "--user", "0", ...mount, ...command]).catch(() => undefined);
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}

/** What somebody else has removed meanwhile, or is removing, is as good as removed. */
async function removed(removal: Promise<unknown>): Promise<void> {
  await removal.catch((error: unknown) => {
    if (!/not found|no such|already in progress/i.test(String(error))) {
      throw error;
    }
  });
}
