import type { ContainerDefinition, ProductionVariant } from "@aws-sdk/client-sagemaker";
import type { ContainerRunner } from "../containers/container-runner";
import type { ImageStore } from "../images/image-store";
import type { LogFactory } from "../logs/log-factory";
import type { ObjectStorage } from "../storage/object-storage";
import type { AlarmStates } from "./alarms";
import type { HostingSettings } from "./hosting-settings";

export interface HostingServices {
  readonly runner: ContainerRunner;
  readonly images: ImageStore;
  readonly storage: ObjectStorage;
  readonly logs: LogFactory;
  readonly endpointUrl: string;
  /** Folder for what containers need while they run. */
  readonly runDir: string;
  readonly alarms: AlarmStates;
  readonly settings: HostingSettings;
  readonly log: (line: string) => void;
}

/** What an instance is an instance of, and where. */
export interface InstancePlace {
  readonly region: string;
  readonly account: string;
  readonly endpoint: string;
  readonly variant: ProductionVariant;
  /** The model's containers: one, or those of an inference pipeline or of a multi-container endpoint. */
  readonly containers: readonly ContainerDefinition[];
  /** `InferenceExecutionConfig.Mode` `Direct`: each request is for one of the containers, which it names. */
  readonly direct: boolean;
  /** Its requests are asynchronous, and what became of each is logged. */
  readonly asynchronous: boolean;
  /** The most that a request to it may take, in milliseconds. */
  readonly longestInvocation: number;
  /** Memory of the instance type or of a serverless variant; not limited when left out. */
  readonly memoryBytes?: number;
  /** The model's `EnableNetworkIsolation`. */
  readonly networkIsolation: boolean;
}
