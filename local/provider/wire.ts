import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Archive, Asset, isList, isValues, Reference, UNKNOWN, type Value, type Values } from "./values";

/**
 * The engine's wire encoding of property values (github.com/pulumi/pulumi sdk/go/common/resource/plugin/rpc.go): special values are
 * objects whose signature key holds one of these marks. This file is the only place that knows it.
 */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const MARK = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
} as const;
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Path = readonly (string | number)[];

/** A property bag as the engine sent it: plain values, and the paths of those that were secret. */
export interface Decoded {
  readonly values: Values;
  readonly secrets: readonly Path[];
}

type Wire = null | boolean | number | string | Wire[] | WireObject;
interface WireObject {
  [key: string]: Wire;
}

/** Unwraps a property bag; an absent one is an empty one. */
export function decode(struct: Struct | undefined): Decoded {
  const secrets: Path[] = [];
  const values: Record<string, Value> = {};
  for (const [name, wire] of Object.entries((struct?.toJavaScript() ?? {}) as WireObject)) {
    if (wire !== null) values[name] = unwrap(wire, [name], secrets);
  }
  return { values, secrets };
}

/** Wraps a property bag, putting the secret wrapping back on every path that exists in it. */
export function encode(values: Values, secrets: readonly Path[] = []): Struct {
  const wire = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, wrap(value)]));
  for (const path of secrets) conceal(wire, path);
  return Struct.fromJavaScript(wire);
}

function unwrap(wire: Wire, path: Path, secrets: Path[]): Value {
  if (wire === UNKNOWN_TEXT) return UNKNOWN;
  if (wire === null || typeof wire !== "object") return wire;
  if (Array.isArray(wire)) return wire.map((member, index) => unwrap(member, [...path, index], secrets));
  switch (wire[SIGNATURE]) {
    case undefined:
      return Object.fromEntries(Object.entries(wire).map(([key, member]) => [key, unwrap(member, [...path, key], secrets)]));
    case MARK.secret:
      secrets.push(path);
      return unwrap(wire.value ?? null, path, secrets);
    case MARK.output:
      if (wire.secret === true) secrets.push(path);
      return wire.value === undefined ? UNKNOWN : unwrap(wire.value, path, secrets);
    case MARK.asset:
      return asset(wire);
    case MARK.archive:
      return archive(wire);
    case MARK.resource:
      return reference(wire);
    default:
      throw new Error(`property ${path.join(".")} has a kind of value this provider does not know (signature ${String(wire[SIGNATURE])})`);
  }
}

/** A custom resource given as a property stands for its id, as in the Terraform bridge; a component has none. */
function reference(wire: WireObject): Value {
  if (wire.id === UNKNOWN_TEXT || wire.id === "") return UNKNOWN;
  return string(wire.id) ?? new Reference(string(wire.urn) ?? "");
}

function asset(wire: WireObject): Asset {
  const text = typeof wire.text === "string" ? wire.text : undefined;
  const source = { hash: string(wire.hash) ?? "", path: string(wire.path), uri: string(wire.uri) };
  return new Asset(source.path === undefined && source.uri === undefined ? { ...source, text } : source);
}

function archive(wire: WireObject): Archive {
  const members = typeof wire.assets === "object" && wire.assets !== null && !Array.isArray(wire.assets) ? wire.assets : undefined;
  const assets =
    members &&
    Object.fromEntries(
      Object.entries(members).flatMap(([name, member]) =>
        typeof member === "object" && member !== null && !Array.isArray(member)
          ? [[name, member[SIGNATURE] === MARK.archive ? archive(member) : asset(member)]]
          : [],
      ),
    );
  return new Archive({ hash: string(wire.hash) ?? "", assets, path: string(wire.path), uri: string(wire.uri) });
}

function string(wire: Wire | undefined): string | undefined {
  return typeof wire === "string" && wire !== "" ? wire : undefined;
}

function wrap(value: Value): Wire {
  if (value === UNKNOWN) return UNKNOWN_TEXT;
  if (value instanceof Asset) return wrapAsset(value);
  if (value instanceof Archive) return wrapArchive(value);
  if (value instanceof Reference) {
    const id = value.id === UNKNOWN ? UNKNOWN_TEXT : value.id;
    return { [SIGNATURE]: MARK.resource, urn: value.urn, ...(id !== undefined && { id }) };
  }
  if (isList(value)) return value.map(wrap);
  if (isValues(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, wrap(member)]));
  return typeof value === "symbol" ? UNKNOWN_TEXT : value;
}

function wrapAsset({ source }: Asset): Wire {
  const { hash, text, path, uri } = source;
  return { [SIGNATURE]: MARK.asset, hash, ...(text !== undefined && { text }), ...(path && { path }), ...(uri && { uri }) };
}

function wrapArchive({ source }: Archive): Wire {
  const { hash, assets, path, uri } = source;
  const members = assets && Object.fromEntries(Object.entries(assets).map(([name, member]) => [name, wrap(member)]));
  return { [SIGNATURE]: MARK.archive, hash, ...(members && { assets: members }), ...(path && { path }), ...(uri && { uri }) };
}

/** Wraps the value at the path, in place, as a secret. A path that leads nowhere hides nothing, because nothing is there. */
function conceal(wire: Record<string, Wire>, path: Path): void {
  let holder: Wire = wire;
  for (const [index, key] of path.entries()) {
    if (holder === null || typeof holder !== "object") return;
    if (!Array.isArray(holder) && holder[SIGNATURE] === MARK.secret) return;
    const members = holder as Record<string | number, Wire>;
    const member = members[key];
    if (member === undefined) return;
    if (index === path.length - 1) {
      const concealed = typeof member === "object" && member !== null && !Array.isArray(member) && member[SIGNATURE] === MARK.secret;
      if (!concealed) members[key] = { [SIGNATURE]: MARK.secret, value: member };
    } else holder = member;
  }
}
