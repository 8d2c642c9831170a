import type { LocalImage } from "../images/image-store";

/** What SageMaker would run: an image, the argument `train` or `serve`, an `/opt/ml` folder and environment variables. */
export interface ContainerSpec {
  /** Unique among the containers of this daemon; used in labels and messages. */
  readonly name: string;
  readonly image: LocalImage;
  readonly command: "train" | "serve" | "process";
  /** The folder on this machine that the container sees as `/opt/ml`. */
  readonly baseDir: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Requirement files of the code that the container is given beside its image; a Docker image installs them by itself. */
  readonly codeRequirements?: readonly string[];
  /** Memory of the instance type in bytes. Not limited when left out, or when the machine has not that much. */
  readonly memoryBytes?: number;
  /** Replaces the image's own command (`ContainerEntrypoint` and `ContainerArguments` of a training or processing job). */
  readonly commandLine?: readonly string[];
  /** What a `process` container without a `commandLine` gives the image's own entry point. */
  readonly commandArguments?: readonly string[];
  /** The network it shares with the other containers of its job, and its name there. */
  readonly network?: { readonly id: string; readonly alias: string };
  /** Nothing outside can be reached from within, but for the containers of its `network`; `/ping` and `/invocations` answer. Docker only. */
  readonly networkIsolation?: boolean;
  /**
   * Lines of one stream come in order; between the two streams the order is only nearly the one they were written in. A line without a source
   * is the runner's own. A promise that it returns holds back the container's output, and in the end the container, until it is settled.
   */
  onLine(line: string, source?: OutputSource): unknown;
}

export type OutputSource = "stdout" | "stderr";

export interface ContainerExit {
  /** Exit code; 128 + n when signal n ended it, as a shell reports it. */
  readonly code: number;
}

/** One running container. */
export interface Container {
  /** Where a `serve` container answers `/ping` and `/invocations`, such as `http://127.0.0.1:43210`; others have none, nor has one that ended at once. */
  readonly url: string | undefined;
  /** Resolves once, when it has ended and its last line was reported; never rejects. */
  readonly exited: Promise<ContainerExit>;
  /** SIGTERM, and SIGKILL for what is left after `graceSeconds`. Resolves like `exited`. */
  stop(graceSeconds: number): Promise<ContainerExit>;
}

/** Where the containers of a job with several instances meet. */
export interface ContainerNetwork {
  /** Given to the containers' `network`; empty when the runner has no networks of its own. */
  readonly id: string;
  /** Name of the interface inside the containers. */
  readonly interfaceName: string;
  /** What containers find in their environment to meet each other, beside the names of the hosts. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts containers: the Docker engine does, or plain processes do. */
export interface ContainerRunner {
  readonly kind: "process" | "docker";
  /** Rejects when the container cannot be started, with a message fit for a failure reason. */
  run(spec: ContainerSpec): Promise<Container>;
  /** A network for the containers of one job. Without it all containers share this machine's loopback interface. */
  openNetwork?(name: string, options?: { readonly isolated: boolean }): Promise<ContainerNetwork>;
  /** Removes what a killed daemon left of this state folder. */
  removeLeftovers(): Promise<void>;
  /** Removes images that were built for this state folder, are old, and are none of `inUse`; returns how many. They are built again when needed. */
  pruneImages?(inUse: readonly LocalImage[]): Promise<number>;
}
