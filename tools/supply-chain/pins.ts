// What "pinned and hashed" means for each kind of file that something is installed from. Each function returns the faults, one sentence each.

export interface NpmManifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export interface NpmLock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string; readonly resolved?: string }>>;
}

/** package.json: every package by one exact version. */
export function manifestFaults({ dependencies, devDependencies }: NpmManifest): string[] {
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name}: "${version}" is not one exact version`);
}

/** package-lock.json: the bytes of every package, and no place to get them from (whoever installs decides on the registry). */
export function npmLockFaults({ packages }: NpmLock): string[] {
  return Object.entries(packages)
    .filter(([path]) => path !== "")
    .flatMap(([path, { integrity, resolved }]) => [
      ...(/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? "") ? [] : [`${path}: integrity is "${integrity ?? ""}", not a SHA-512`]),
      ...(resolved === undefined ? [] : [`${path}: is resolved to ${resolved}; write the lock with omit-lockfile-registry-resolved`]),
    ]);
}

/** A requirement of a file that `uv pip compile --generate-hashes` made. */
export interface PinnedRequirement {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of each file of the release, in hexadecimal. */
  readonly hashes: readonly string[];
}

/** The requirements of a compiled file; lines that are not pinned are left out: `requirementsFaults` names them. */
export function pinnedRequirements(text: string): PinnedRequirement[] {
  return logicalLines(text).flatMap((line) => {
    const [, name, version] = /^([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.+!-]+)(?=\s|;|$)/.exec(line) ?? [];
    if (name === undefined || version === undefined) return [];
    return [
      {
        name: name.toLowerCase(),
        version,
        hashes: [...line.matchAll(/--hash=sha256:([0-9a-f]{64})(?=\s|$)/g)].map(([, hash]) => hash ?? ""),
      },
    ];
  });
}

/** A Python requirements file: every package by one version and its bytes, no index, nothing from elsewhere. */
export function requirementsFaults(text: string): string[] {
  const lines = logicalLines(text);
  if (lines.length === 0) return ["names no package"];
  return lines.flatMap((line) => {
    const [pin] = pinnedRequirements(line);
    const shown = line.replace(/\s*--hash=sha256:.*/, "");
    if (pin === undefined) return [`"${shown}" is not a package by one exact version`];
    return pin.hashes.length === 0 ? [`"${shown}" has no --hash=sha256:`] : [];
  });
}

/** Lines without comments, with those that end in a backslash joined to the next. */
function logicalLines(text: string): string[] {
  const joined = text
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replace(/\\\n/g, " ");
  return joined
    .split("\n")
    .map((line) => line.replace(/\s#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** go.mod with go.sum: the checksum of every module that is required, and none replaced. */
export function goFaults(mod: string, sum: string): string[] {
  const sums = new Set(sum.split("\n").flatMap((line) => /^(\S+ \S+) h1:[A-Za-z0-9+/]{43}=$/.exec(line)?.[1] ?? []));
  const replaced = [...mod.matchAll(/^\s*(?:replace\s+)?(\S+)(?: \S+)? => .*$/gm)].map(([, name]) => `${name}: is replaced`);
  const required = goRequirements(mod);
  if (required.length === 0) return ["requires no module"];
  const missing = required.filter(({ path, version }) => !sums.has(`${path} ${version}/go.mod`) || !sums.has(`${path} ${version}`));
  return [...replaced, ...missing.map(({ path, version }) => `${path} ${version}: go.sum has no checksum of it`)];
}

export function goRequirements(mod: string): { readonly path: string; readonly version: string }[] {
  const blocks = [...mod.matchAll(/^require \(\n([\s\S]*?)^\)/gm)].map(([, block]) => block ?? "").join("\n");
  const single = [...mod.matchAll(/^require (\S+ \S+)/gm)].map(([, line]) => line ?? "").filter((line) => !line.startsWith("("));
  return [...blocks.split("\n"), ...single].flatMap((line) => {
    const [, path, version] = /^\s*(\S+\.\S+) (v\S+)/.exec(line) ?? [];
    return path === undefined || version === undefined ? [] : [{ path, version }];
  });
}

/** A Dockerfile: its bases, by digest. */
export function baseFaults(text: string): string[] {
  const lines = instructions(text);
  const defaults = new Map(lines.flatMap((line) => matchPair(/^ARG (\w+)=(\S*)/, line)));
  const stages = new Set(lines.flatMap((line) => /^FROM .* AS (\S+)/i.exec(line)?.[1] ?? []));
  const bases = lines.flatMap((line) => /^FROM (?:--\S+ )*(\S+)/i.exec(line)?.[1] ?? []);
  const named = bases
    .filter((base) => !stages.has(base))
    .map((base) => base.replace(/\$\{?(\w+)\}?/g, (_, name) => defaults.get(name) ?? ""));
  const wrong = named.filter((base) => !/@sha256:[0-9a-f]{64}$/.test(base)).map((base) => `the base "${base}" is not by digest`);
  return bases.length === 0 ? ["has no FROM"] : wrong;
}

/** A Dockerfile: hashes, of everything that pip installs but a model's own requirements (`code/requirements.txt`), which whoever writes the model pins. */
export function installFaults(text: string): string[] {
  return instructions(text)
    .flatMap((line) => line.match(/pip install [^;&|]*/g) ?? [])
    .map((command) => command.trim())
    .filter((command) => !command.includes("--require-hashes") && !command.endsWith("-r /build/code/requirements.txt"))
    .map((command) => `"${command}" asks for no hashes`);
}

function instructions(text: string): string[] {
  const joined = text.replace(/\\\n(\s*#.*\n)*/g, " ");
  return joined.split("\n").filter((line) => !/^\s*#/.test(line));
}

function matchPair(pattern: RegExp, line: string): [string, string][] {
  const [, name, value] = pattern.exec(line) ?? [];
  return name === undefined ? [] : [[name, value ?? ""]];
}

/** A workflow of GitHub: actions of others by commit, with the version that it is in a comment for whoever updates it. */
export function workflowFaults(text: string): string[] {
  const lines = text.split("\n").flatMap((line) => /^\s*(?:- )?uses:\s*(.*)$/.exec(line)?.[1] ?? []);
  return lines
    .filter((used) => !used.startsWith("./"))
    .flatMap((used) =>
      /^[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*\b/.test(used) ? [] : [`"${used}" is not by commit, with its version in a comment`],
    );
}
