import type { Clients } from "./clients";
import type { Images } from "./images";
import type { Values } from "./values";

/** What a resource operation may use: one per call, already bound to the region of the resource's provider. */
export interface Context {
  readonly clients: Clients;
  readonly region: string;
  readonly account: string;
  readonly partition: string;
  readonly endpointUrl: string;
  readonly images: Images;
  /** Absolute form of a path the program wrote; relative paths start at the project's folder. */
  absolute(path: string): Promise<string>;
  /** The tags of the provider's `defaultTags`, which every tagged resource gets besides its own. */
  readonly defaultTags: Readonly<Record<string, string>>;
  readonly urn: string;
  /** Aborted when the engine cancels the operation or goes away. */
  readonly signal: AbortSignal;
  /** Shows a line at this resource in the engine's output; with `once`, only the first time for that key in a run. */
  info(message: string, once?: string): Promise<void>;
  /** The same context in another region, for a resource that names its own. */
  inRegion(region: string): Context;
}

export interface Created {
  readonly id: string;
  readonly outputs: Values;
}

export interface Autoname {
  readonly property: string;
  readonly maxLength: number;
  readonly lowercase?: boolean;
  /** Text that every name must start with. */
  readonly prefix?: string;
}

/** One kind of resource: its names, what it computes, and its four operations on the local endpoint. */
export interface ResourceSpec {
  readonly type: string;
  readonly autoname?: Autoname;
  /** Outputs that nobody can know before the resource exists. */
  readonly computed: readonly string[];
  /** Completes the program's inputs (defaults, digests of folders); faults are thrown as {@link CheckError}. */
  check?(context: Context, inputs: Values): Promise<Values>;
  create(context: Context, inputs: Values): Promise<Created>;
  /** The outputs as they are now, or `undefined` when the resource is gone. `state` is empty on an import. */
  read(context: Context, id: string, state: Values): Promise<Values | undefined>;
  /** Absent when every change replaces the resource. */
  update?(context: Context, change: Change): Promise<Values>;
  /** Deletes; a resource that is already gone is a success. */
  delete(context: Context, id: string, state: Values): Promise<void>;
  /** Computed outputs that this update will change, shown as unknown in its preview. */
  renewed?(olds: Values, news: Values): readonly string[];
}

export interface Change {
  readonly id: string;
  /** Inputs before the change. */
  readonly olds: Values;
  /** Inputs after the change. */
  readonly news: Values;
  /** Outputs before the change. */
  readonly state: Values;
}
