import { engineFolder } from "./engine-folder";
import { EngineLog } from "./engine-log";
import { isValues, text, type Value, type Values } from "./values";

/** One connection of the engine: one per provider instance of a program, with its own configuration. */
export class Session {
  readonly #defaults: { readonly region: string };
  readonly #cancelled = new AbortController();
  readonly #told = new Set<string>();
  #engine: EngineLog | undefined;
  #address: string | undefined;
  #folder: Promise<string | undefined> | undefined;
  #region: string | undefined;
  #defaultTags: Readonly<Record<string, string>> = {};

  constructor(defaults: { readonly region: string }) {
    this.#defaults = defaults;
  }

  get region(): string {
    return this.#region ?? this.#defaults.region;
  }

  get defaultTags(): Readonly<Record<string, string>> {
    return this.#defaultTags;
  }

  get cancelled(): AbortSignal {
    return this.#cancelled.signal;
  }

  /** Takes the address at which the engine accepts log lines. */
  attach(engineAddress: string): void {
    this.#engine?.close();
    this.#engine = new EngineLog(engineAddress);
    this.#address = engineAddress;
  }

  /** The folder of the program, at which its relative paths start; looked up once, when a path needs it. */
  folder(): Promise<string | undefined> {
    this.#folder ??= this.#address === undefined ? Promise.resolve(undefined) : engineFolder(this.#address);
    return this.#folder;
  }

  /** Takes the provider's own inputs (`aws:region`, `aws:defaultTags`; nested values may come as JSON text). */
  configure(inputs: Values): void {
    this.#region = text(inputs, "region");
    const tags = parsed(parsed(inputs.defaultTags, "tags"));
    this.#defaultTags = Object.fromEntries(Object.keys(tags).map((key) => [key, text(tags, key) ?? ""]));
  }

  /** Shows the line at the resource; with `once`, only the first time for that key in this session. */
  async info(urn: string, message: string, once?: string): Promise<void> {
    if (once !== undefined && this.#told.has(once)) return;
    if (once !== undefined) this.#told.add(once);
    await this.#engine?.info(urn, message);
  }

  cancel(): void {
    this.#cancelled.abort(new Error("cancelled by the engine"));
  }

  close(): void {
    this.#engine?.close();
  }
}

function parsed(value: Value | undefined, member?: string): Values {
  const bag = typeof value === "string" ? (JSON.parse(value) as Value) : value;
  const wanted = member === undefined || !isValues(bag) ? bag : bag[member];
  return isValues(wanted) ? wanted : {};
}

const KEPT = 256;

/** Sessions by the engine's end of the connection; the oldest are let go, as gRPC does not tell when a connection ends. */
export class Sessions {
  readonly #byPeer = new Map<string, Session>();

  constructor(readonly defaults: { readonly region: string }) {}

  of(peer: string): Session {
    const known = this.#byPeer.get(peer);
    if (known !== undefined) return known;
    const session = new Session(this.defaults);
    this.#byPeer.set(peer, session);
    if (this.#byPeer.size > KEPT) this.#forgetOldest();
    return session;
  }

  /** A new connection may come from the port of one that ended: a handshake starts afresh. */
  renew(peer: string): Session {
    this.#byPeer.get(peer)?.close();
    this.#byPeer.delete(peer);
    return this.of(peer);
  }

  close(): void {
    for (const session of this.#byPeer.values()) {
      session.cancel();
      session.close();
    }
    this.#byPeer.clear();
  }

  #forgetOldest(): void {
    for (const [peer, session] of this.#byPeer) {
      session.close();
      this.#byPeer.delete(peer);
      return;
    }
  }
}
