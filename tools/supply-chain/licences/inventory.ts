import { readFileSync } from "node:fs";
import { join } from "node:path";
import { goRequirements, pinnedRequirements } from "../pins";
import { readByHand, spelled } from "./rules";

/** One package or module, with its licence as an SPDX expression; "unknown" when nobody has said it. */
export interface Entry {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
}

/** Entries of one origin. */
export interface Group {
  readonly title: string;
  /** Comes with Slipway, or is installed by its commands or in its images; the others only test it. */
  readonly shipped: boolean;
  readonly entries: readonly Entry[];
}

/** What `npm run licences` has read in the installed packages: licence by `<name> <version>`. */
export interface Recorded {
  readonly python: Readonly<Record<string, string>>;
  /** Modules that are linked into a program, by the folder of their go.mod. */
  readonly go: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Requirement files, and the environment their packages are looked up in. */
export const pythonFiles = [
  { file: "container/requirements.txt", environment: "dev", title: "Python: the container kit", shipped: true },
  { file: "tools/python/requirements-local.txt", environment: "local", title: "Python: the local AWS services", shipped: true },
  { file: "tools/python/requirements-uv.txt", environment: "local", title: "Python: what makes environments", shipped: true },
  { file: "tools/python/requirements-dev.txt", environment: "dev", title: "Python: tests", shipped: false },
  { file: "tools/python/requirements-audit.txt", environment: "audit", title: "Python: audit", shipped: false },
  { file: "tools/python/requirements-checkov.txt", environment: "checkov", title: "Python: checkov", shipped: false },
] as const;

export const goFolders = [
  { folder: "tools/pulumi/engine", title: "Go: the Pulumi CLI, where it is built from source", shipped: true },
  { folder: "tools/pulumi/hosts", title: "Go: its language hosts, where they are built from source", shipped: true },
  { folder: "tools/workflows", title: "Go: actionlint", shipped: false },
] as const;

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly license?: string; readonly dev?: boolean }>>;
}

/** Everything that the locks name, in a fixed order. */
export function inventory(root: string, recorded: Recorded): Group[] {
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const lock = JSON.parse(read("package-lock.json")) as Lock;
  return [
    { title: "npm: the package", shipped: true, entries: npmEntries(lock, false) },
    ...pythonFiles.map(({ file, title, shipped }) => ({ title, shipped, entries: pythonEntries(read(file), recorded) })),
    ...goFolders.map(({ folder, title, shipped }) => ({
      title,
      shipped,
      entries: goEntries(read(`${folder}/go.mod`), recorded.go[folder] ?? {}),
    })),
    { title: "npm: tests", shipped: false, entries: npmEntries(lock, true) },
  ];
}

function npmEntries({ packages }: Lock, dev: boolean): Entry[] {
  const entries = Object.entries(packages)
    .filter(([path, entry]) => path !== "" && (entry.dev === true) === dev)
    .map(([path, { version = "", license }]) => entryOf(path.split("node_modules/").at(-1) ?? path, version, license));
  return sorted(entries);
}

function pythonEntries(text: string, { python }: Recorded): Entry[] {
  return sorted(pinnedRequirements(text).map(({ name, version }) => entryOf(name, version, python[`${name} ${version}`])));
}

/** The modules that are linked; one whose version go.mod does not have is shown as unknown, so that a new go.mod asks for a new record. */
function goEntries(mod: string, linked: Readonly<Record<string, string>>): Entry[] {
  const required = new Set(goRequirements(mod).map(({ path, version }) => `${path} ${version}`));
  return sorted(
    Object.entries(linked).map(([module, licence]) => {
      const [name = "", version = ""] = module.split(" ");
      return entryOf(name, version, required.has(module) ? licence : undefined);
    }),
  );
}

function entryOf(name: string, version: string, said: string | undefined): Entry {
  const licence = readByHand[name] ?? said ?? "unknown";
  return { name, version, licence: spelled[licence] ?? licence.replace(/^\((.*)\)$/, "$1") };
}

/** By name, each version once. */
function sorted(entries: readonly Entry[]): Entry[] {
  const unique = new Map(entries.map((entry) => [`${entry.name} ${entry.version}`, entry]));
  return [...unique.values()].sort((a, b) => (a.name === b.name ? (a.version < b.version ? -1 : 1) : a.name < b.name ? -1 : 1));
}
