import type { LocalImage } from "../images/image-store";

/** What SageMaker would run: an image, the argument `train` or `serve`, an `/opt/ml` folder and environment variables. */
export interface ContainerSpec {
  /** Unique among the containers of this daemon; used in labels and messages. */
  readonly name: string;
  readonly image: LocalImage;
  readonly command: "train" | "serve";
  /** The folder on this machine that the container sees as `/opt/ml`. */
  readonly baseDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Memory of the instance type in bytes; not limited when left out. */
  readonly memoryBytes?: number;
  /** Replaces the image's own command (`ContainerEntrypoint` and `ContainerArguments` of a training job). */
  readonly commandLine?: readonly string[];
  /** Lines of one stream come in order; between the two streams the order is only nearly the one they were written in. */
  onLine(line: string, source: OutputSource): void;
}

export type OutputSource = "stdout" | "stderr";

export interface ContainerExit {
  /** Exit code; 128 + n when signal n ended it, as a shell reports it. */
  readonly code: number;
}

/** One running container. */
export interface Container {
  /** Where a `serve` container answers `/ping` and `/invocations`, such as `http://127.0.0.1:43210`. */
  readonly url: string;
  /** Resolves once, when it has ended and its last line was reported; never rejects. */
  readonly exited: Promise<ContainerExit>;
  /** SIGTERM, and SIGKILL for what is left after `graceSeconds`. Resolves like `exited`. */
  stop(graceSeconds: number): Promise<ContainerExit>;
}

/** Starts containers: the Docker engine does, or plain processes do. */
export interface ContainerRunner {
  readonly kind: "process" | "docker";
  /** Rejects when the container cannot be started, with a message fit for a failure reason. */
  run(spec: ContainerSpec): Promise<Container>;
  /** Removes what a killed daemon left of this state folder. */
  removeLeftovers(): Promise<void>;
}
