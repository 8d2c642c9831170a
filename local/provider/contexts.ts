import { isAbsolute, resolve } from "node:path";
import { Clients } from "./clients";
import type { Images } from "./images";
import type { Session } from "./session";
import type { Context } from "./spec";

export interface Surroundings {
  readonly endpointUrl: string;
  readonly account: string;
  readonly images: Images;
  /** Where relative paths start when the engine's own folder cannot be told. */
  readonly projectDir: string;
}

/** Makes the context of each operation; clients are shared by all operations in a region. */
export class Contexts {
  readonly #clients = new Map<string, Clients>();

  constructor(readonly surroundings: Surroundings) {}

  /** `region` is that of the resource when it names one, else the session's. */
  make(session: Session, urn: string, signal: AbortSignal): Context {
    const { endpointUrl, account, images, projectDir } = this.surroundings;
    const contextIn = (region: string): Context => ({
      clients: this.#clientsIn(region),
      region,
      account,
      partition: partitionOf(region),
      endpointUrl,
      images,
      absolute: async (path) => (isAbsolute(path) ? path : resolve((await session.folder()) ?? projectDir, path)),
      defaultTags: session.defaultTags,
      urn,
      signal,
      info: (message, once) => session.info(urn, message, once),
      inRegion: contextIn,
    });
    return contextIn(session.region);
  }

  #clientsIn(region: string): Clients {
    const known = this.#clients.get(region);
    if (known !== undefined) return known;
    const clients = new Clients(this.surroundings.endpointUrl, region);
    this.#clients.set(region, clients);
    return clients;
  }
}

/** The AWS partition of a region. */
export function partitionOf(region: string): "aws" | "aws-cn" | "aws-us-gov" {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
