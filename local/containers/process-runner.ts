import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { constants, devNull } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { ImageBuilder, ImageStore, LocalImage } from "../images/image-store";
import { processArgument } from "../jobs/container-paths";
import { processesWithEnvironment } from "../state/process-identity";
import { type ProcessRegister, signalGroup } from "../state/process-register";
import type { Container, ContainerExit, ContainerRunner, ContainerSpec } from "./container-runner";
import { freePort } from "./free-port";
import { splitLines } from "./line-splitter";
import type { PythonEnvironments } from "./python-environments";
import { standIn } from "./stand-in";

/** Carries what finds processes of a container that have left its process group, where the system tells environments. */
const containerVariable = "SLIPWAY_CONTAINER";

/** The user's own settings for AWS lie below HOME, which Python needs: SDKs inside of the container are not to read them. */
const nobodysSettings = { AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull };

/** What a process may see of this machine's environment: enough to run Python and reach a package mirror, nothing of the user's secrets. */
const inherited = ["HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"];

/** How long no output has arrived, after the process ended and its group was killed, when it counts as ended too. */
const drainMilliseconds = 1_000;

/** Runs containers as processes: each in a process group of its own, in a virtual environment with the image's requirements. */
export class ProcessRunner implements ContainerRunner, ImageBuilder {
  readonly kind = "process";

  constructor(
    private readonly pythons: PythonEnvironments,
    private readonly register: ProcessRegister,
  ) {}

  /** Installing the requirements is this runner's build: a broken file fails the image, not each container. */
  async prepare(image: LocalImage): Promise<Record<string, never>> {
    requireManifest(image);
    await this.pythons.pythonFor(image);
    return {};
  }

  provide(uri: string, store: Pick<ImageStore, "build">, tell: (line: string) => void): Promise<LocalImage> {
    return standIn(uri, store, this.pythons, tell);
  }

  async run(spec: ContainerSpec): Promise<Container> {
    const manifest = requireManifest(spec.image);
    const python = await this.pythons.pythonFor(spec.image, spec.codeRequirements);
    const port = await freePort();
    const own = spec.command === "process" ? [] : manifest[spec.command].map((part) => part.replaceAll("{port}", String(port)));
    const [program, ...args] = spec.commandLine ?? own;
    if (program === undefined) {
      throw new Error(
        `the image ${spec.image.uri} has no command to ${spec.command} without Docker; its declaration names one as build.process.${spec.command}, ` +
          `or its slipway-image.json as ${spec.command}`,
      );
    }
    const mark = randomUUID();
    await mkdir(spec.baseDir, { recursive: true });
    const child = spawn(program === "python" || program === "python3" ? python : program, args, {
      cwd: manifest.workingDirectory === undefined ? spec.baseDir : join(spec.image.context, manifest.workingDirectory),
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...this.environment(spec, python), SAGEMAKER_BIND_TO_PORT: String(port), [containerVariable]: mark },
    });
    return watch(child, spec.command === "serve" ? `http://127.0.0.1:${port}` : undefined, spec, this.register, mark);
  }

  async removeLeftovers(): Promise<void> {
    await this.register.endOrphans();
  }

  private environment(spec: ContainerSpec, python: string): Record<string, string> {
    const { context, manifest } = spec.image;
    const environment: Record<string, string> = {};
    for (const name of inherited) {
      const value = process.env[name];
      if (value !== undefined) {
        environment[name] = value;
      }
    }
    for (const [name, value] of Object.entries(manifest?.environment ?? {})) {
      const path = join(context, value);
      environment[name] = value !== "" && existsSync(path) ? path : value;
    }
    const ownPath = environment.PYTHONPATH === undefined ? [] : [environment.PYTHONPATH];
    return {
      ...environment,
      PATH: `${dirname(python)}${delimiter}${process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin"}`,
      PYTHONPATH: [...(manifest?.pythonPath ?? []).map((path) => join(context, path)), ...ownPath].join(delimiter),
      PYTHONPYCACHEPREFIX: this.pythons.bytecodeDir,
      PYTHONUNBUFFERED: "1",
      ...nobodysSettings,
      ...withOwnFolders(spec),
      ...this.register.environment,
      SAGEMAKER_BASE_DIR: spec.baseDir,
    };
  }
}

function requireManifest(image: LocalImage): NonNullable<LocalImage["manifest"]> {
  if (image.manifest === undefined) {
    throw new Error(
      `SLIP-5022 the image ${image.uri} cannot run without Docker: nothing says how to start it; add to its declaration, for example, ` +
        'build.process: { serve: ["python", "app.py", "{port}"] }, or a slipway-image.json to its build context, or start the local platform with --runner docker',
    );
  }
  return image.manifest;
}

/** A process has no `/opt/ml`: variables that name it, or what is in it, name the folder that stands for it. */
function withOwnFolders({ environment, baseDir }: ContainerSpec): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, processArgument(baseDir, value)]));
}

/** Turns a started child into a container: lines reported, its whole group ended with it, its id on record while it lives. */
async function watch(
  child: ChildProcess,
  url: string | undefined,
  spec: ContainerSpec,
  register: ProcessRegister,
  mark: string,
): Promise<Container> {
  if (child.pid === undefined) {
    const [error] = await once(child, "error");
    throw new Error(`the container of image ${spec.image.uri} cannot be started: ${String(error)}`);
  }
  const pid = child.pid;
  register.add(pid);
  const output = (["stdout", "stderr"] as const).flatMap((source) => {
    const stream = child[source];
    return stream === null ? [] : [splitLines(stream, (line) => spec.onLine(line, source))];
  });
  const exited = new Promise<ContainerExit>((resolve) => {
    child.once("exit", (code, signal) => {
      // Workers that outlive their leader would keep the port and the output open.
      signalGroup(pid, "SIGKILL");
      for (const left of processesWithEnvironment(containerVariable, mark)) {
        signalGroup(left.pid, "SIGKILL");
      }
      // Who left the group may hold the output open for ever.
      void Promise.all(output.map((lines) => lines.quiet(drainMilliseconds))).then(() => {
        register.remove(pid);
        resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) });
      });
    });
  });
  return { url, exited, stop: (graceSeconds) => stop(pid, exited, graceSeconds) };
}

async function stop(pid: number, exited: Promise<ContainerExit>, graceSeconds: number): Promise<ContainerExit> {
  signalGroup(pid, "SIGTERM");
  const timer = setTimeout(() => signalGroup(pid, "SIGKILL"), graceSeconds * 1_000);
  try {
    return await exited;
  } finally {
    clearTimeout(timer);
  }
}
