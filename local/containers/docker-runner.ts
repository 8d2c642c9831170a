import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { parseImageReference } from "../images/image-reference";
import type { ImageBuild, ImageBuilder, LocalImage } from "../images/image-store";
import { frameworkRepository } from "../images/prebuilt/framework-image";
import type { ProcessRegister } from "../state/process-register";
import type { Container, ContainerExit, ContainerNetwork, ContainerRunner, ContainerSpec } from "./container-runner";
import { docker } from "./docker-command";
import { splitLines } from "./line-splitter";

/** The port a serving container listens on inside. */
const servingPort = 8080;

export interface DockerRunnerOptions {
  readonly stateDir: string;
  readonly register: ProcessRegister;
  /** Build argument BASE_IMAGE for Dockerfiles that have it; the Dockerfile's own default when left out. */
  readonly baseImage?: string;
  /** Further flags of `docker build`, such as `--network=host`. */
  readonly buildFlags?: readonly string[];
  /** Further flags of `docker create`, such as `--read-only`. */
  readonly runFlags?: readonly string[];
}

/** Runs containers in the Docker engine, with the mounts and the port that SageMaker gives them. */
export class DockerRunner implements ContainerRunner, ImageBuilder {
  readonly kind = "docker";
  private readonly label: string;

  constructor(private readonly options: DockerRunnerOptions) {
    this.label = `slipway.state=${createHash("sha256").update(resolve(options.stateDir)).digest("hex").slice(0, 16)}`;
  }

  async prepare(image: LocalImage, build: ImageBuild): Promise<{ dockerImageId: string }> {
    if (image.dockerImageId !== undefined && (await exists(image.dockerImageId))) {
      return { dockerImageId: image.dockerImageId };
    }
    const tag = `slipway-local:${image.digest.replace("sha256:", "").slice(0, 32)}`;
    const args = { ...(this.options.baseImage === undefined ? {} : { BASE_IMAGE: this.options.baseImage }), ...build.args };
    await docker([
      "build",
      ...(this.options.buildFlags ?? []),
      ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
      ...(build.platform === undefined ? [] : ["--platform", build.platform]),
      ...(build.dockerfile === undefined ? [] : ["--file", build.dockerfile]),
      "--label",
      this.label,
      "--tag",
      tag,
      image.context,
    ]).catch((error: unknown) => {
      throw new Error(`SLIP-5022 the image ${build.imageName} cannot be built: ${error instanceof Error ? error.message : String(error)}`);
    });
    return { dockerImageId: await docker(["image", "inspect", "--format", "{{.Id}}", tag]) };
  }

  /** An image that the engine has, or can pull from its registry. */
  async provide(uri: string, _store: unknown, tell: (line: string) => void): Promise<LocalImage> {
    const { repository, tag } = parseImageReference(uri);
    if (!(await exists(uri))) {
      tell(`pulling ${uri}`);
      await docker(["pull", "--quiet", uri]).catch((error: unknown) => {
        throw new Error(cannotPull(uri, error));
      });
    }
    const dockerImageId = await docker(["image", "inspect", "--format", "{{.Id}}", uri]);
    const digest = await docker(["image", "inspect", "--format", '{{join .RepoDigests " "}}', uri]);
    const known = digest.split(" ").find((each) => each.startsWith(`${repository}@`));
    return {
      uri: known ?? uri,
      repository,
      digest: known?.split("@")[1] ?? dockerImageId,
      context: "",
      dockerImageId,
      ...(tag === undefined ? {} : { tag }),
    };
  }

  async run(spec: ContainerSpec): Promise<Container> {
    const image = spec.image.dockerImageId ?? spec.image.uri;
    await mkdir(spec.baseDir, { recursive: true });
    // The user inside the container need not be the one who runs the daemon.
    await chmod(spec.baseDir, 0o777);
    const name = `slipway-${spec.name}-${randomBytes(3).toString("hex")}`.replace(/[^a-zA-Z0-9_.-]/g, "-");
    const [entrypoint, ...argumentsGiven] = spec.commandLine ?? [];
    await docker([
      "create",
      ...["--name", name, "--label", this.label, "--label", `slipway.container=${spec.name}`],
      ...(spec.network === undefined
        ? ["--network", "bridge"]
        : ["--network", spec.network.id, "--network-alias", spec.network.alias, "--hostname", spec.network.alias]),
      ...["--volume", `${resolve(spec.baseDir)}:/opt/ml`],
      ...(this.options.runFlags ?? []),
      ...(spec.command === "serve" ? ["--publish", `127.0.0.1::${servingPort}`] : []),
      ...(spec.memoryBytes === undefined ? [] : ["--memory", String(spec.memoryBytes)]),
      ...Object.entries(spec.environment).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
      ...(entrypoint === undefined ? [] : ["--entrypoint", entrypoint]),
      image,
      ...(entrypoint === undefined ? ownCommand(spec) : argumentsGiven),
    ]);
    return this.start(name, spec);
  }

  /** A bridge of its own, on which the containers know each other by their aliases. */
  async openNetwork(name: string): Promise<ContainerNetwork> {
    const id = `slipway-${name}-${randomBytes(3).toString("hex")}`;
    await docker(["network", "create", "--label", this.label, id]);
    const close = async (): Promise<void> => {
      await docker(["network", "rm", id]).catch(() => undefined);
    };
    return { id, interfaceName: "eth0", environment: {}, close };
  }

  async removeLeftovers(): Promise<void> {
    const ids = await docker(["ps", "--all", "--quiet", "--filter", `label=${this.label}`]);
    if (ids !== "") {
      await docker(["rm", "--force", "--volumes", ...ids.split("\n")]);
    }
    const networks = await docker(["network", "ls", "--quiet", "--filter", `label=${this.label}`]);
    if (networks !== "") {
      await docker(["network", "rm", ...networks.split("\n")]);
    }
  }

  private async start(name: string, spec: ContainerSpec): Promise<Container> {
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
    splitLines(attached.stdout, (line) => spec.onLine(line, "stdout"));
    splitLines(attached.stderr, (line) => spec.onLine(line, "stderr"));
    const exited = once(attached, "close").then(async (): Promise<ContainerExit> => {
      this.options.register.remove(pid);
      const code = await docker(["inspect", "--format", "{{.State.ExitCode}}", name]).catch(() => "137");
      await docker(["rm", "--force", "--volumes", name]).catch(() => undefined);
      await takeOver(spec);
      return { code: Number(code) };
    });
    const stop = async (graceSeconds: number): Promise<ContainerExit> => {
      await docker(["stop", "--time", String(graceSeconds), name]).catch(() => undefined);
      return exited;
    };
    const url = spec.command === "serve" ? await publishedUrl(name, exited) : "";
    return { url, exited, stop };
  }
}

/** `train` and `serve` are arguments of the image's entry point; a processing image is given the job's own. */
function ownCommand({ command, commandArguments }: ContainerSpec): readonly string[] {
  return command === "process" ? (commandArguments ?? []) : [command];
}

/** The published port is known once the container runs; a container that ends at once never gets one. */
async function publishedUrl(name: string, exited: Promise<ContainerExit>): Promise<string> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  while (!ended) {
    const address = await docker(["port", name, String(servingPort)]).catch(() => "");
    if (address !== "") {
      return `http://${address.split("\n")[0]}`;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  return "http://127.0.0.1:9";
}

/** Why an image is not to be had, and what would do: a registry of AWS's wants a login even for images that are everyone's. */
function cannotPull(uri: string, error: unknown): string {
  const [registry = ""] = uri.split("/");
  const region = /\.dkr\.ecr\.([a-z0-9-]+)\./.exec(registry)?.[1];
  const login =
    region === undefined
      ? ""
      : ` Docker must be logged in there: aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${registry}.`;
  const processes =
    frameworkRepository(uri) === undefined ? "" : " Without Docker (--runner process) the Slipway kit stands for this image.";
  const reason = error instanceof Error ? (error.message.split("\n").at(-1)?.trim() ?? "") : String(error);
  return `it was not built on this machine, and Docker cannot pull it (${reason}).${login}${processes} Or build it, or pull it yourself`;
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

async function exists(imageId: string): Promise<boolean> {
  return docker(["image", "inspect", "--format", "{{.Id}}", imageId]).then(
    () => true,
    () => false,
  );
}
