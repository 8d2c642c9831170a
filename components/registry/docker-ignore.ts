/** Decides which paths of a build context Docker leaves out. */
export interface Ignored {
  (path: string): boolean;
  /** Whether a rule takes back in what another leaves out, so that a folder that is left out may hold something after all. */
  readonly takesBack: boolean;
}

interface Rule {
  readonly pattern: RegExp;
  readonly includes: boolean;
}

/**
 * The rules of a `.dockerignore` file as Docker reads them (https://docs.docker.com/build/concepts/context/#dockerignore-files): one pattern a
 * line, relative to the context; `*`, `?`, `[...]` within a name, `**` for any folders; a pattern that names a folder is about all in it; `!` takes back
 * in; the last rule that matches decides. `before` are rules in front of the file's own, which can take them back.
 */
export function dockerIgnore(text: string, before: readonly string[] = []): Ignored {
  const rules = [...before, ...text.replace(/^\uFEFF/, "").split(/\r?\n/)].flatMap(parseRule);
  const ignored = (path: string): boolean => {
    const names = path.split("/");
    const prefixes = names.map((_, index) => names.slice(0, index + 1).join("/"));
    return rules.reduce((out, rule) => (prefixes.some((prefix) => rule.pattern.test(prefix)) ? !rule.includes : out), false);
  };
  return Object.assign(ignored, { takesBack: rules.some(({ includes }) => includes) });
}

function parseRule(line: string): Rule[] {
  const written = line.startsWith("#") ? "" : line.trim();
  const includes = written.startsWith("!");
  const path = cleaned(includes ? written.slice(1).trim() : written);
  return path === "" ? [] : [{ pattern: new RegExp(`^${expression(path)}$`, "s"), includes }];
}

/** Without what means nothing in a path: `./`, `//`, `..` after a name, slashes at its ends. */
function cleaned(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/").filter((each) => each !== "" && each !== ".")) {
    if (name === "..") {
      names.pop();
    } else {
      names.push(name);
    }
  }
  return names.join("/");
}

/** A pattern of Go's `filepath.Match`, with `**`, as the source of a regular expression. */
function expression(pattern: string): string {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const rest = pattern.slice(index);
    const [token = ""] = /^(\*\*\/|\*\*|\[\^?(?:\\.|[^\]\\])+\]|\\.|[\s\S])/.exec(rest) ?? [];
    index += token.length - 1;
    source += translated(token);
  }
  return source;
}

function translated(token: string): string {
  switch (token) {
    case "**/":
      return "(?:.*/)?";
    case "**":
      return ".*";
    case "*":
      return "[^/]*";
    case "?":
      return "[^/]";
    default:
      if (token.length > 2 && token.startsWith("[")) {
        return token;
      }
      return (token.startsWith("\\") && token.length === 2 ? token.slice(1) : token).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  }
}
