/**
 * `infra/models.ts` with one more model in its list, or undefined when the file is not of the form that this project begins with: then its owner adds the model.
 *
 * @param source the file's text
 */
export function withModel(source: string, name: string): string | undefined {
  const imports = [...source.matchAll(/^import \w+ from "\.\.\/models\/[^"]+";\n/gm)];
  const list = /^(const declarations: [^{\n]*= )\{([^{}]*)\};$/m.exec(source);
  const last = imports.at(-1);
  if (last === undefined || list === null) return undefined;
  const entries = (list[2] ?? "").split(",").map((entry) => entry.trim());
  const members = [...entries.filter((entry) => entry !== ""), entryOf(name)];
  const inOneLine = `${list[1]}{ ${members.join(", ")} };`;
  const declarations = inOneLine.length <= 140 ? inOneLine : `${list[1]}{\n${members.map((member) => `  ${member},\n`).join("")}};`;
  const added = `import ${identifierOf(name)} from "../models/${name}/service";\n`;
  const place = imports.find(([line]) => line.slice(line.indexOf('"')) > added.slice(added.indexOf('"')));
  const at = place?.index ?? last.index + last[0].length;
  return `${source.slice(0, at)}${added}${source.slice(at)}`.replace(list[0], () => declarations);
}

/** A stack's settings with one more model in `slipway:models`; the same text when the stack names none, and so has all. */
export function withChosenModel(settings: string, name: string): string {
  return settings.replace(/^( *slipway:models:\n)((?: *- .*\n?)*)/m, (_, head: string, items: string) => {
    const indent = /^ */.exec(items)?.[0] ?? "    ";
    return `${head}${items.replace(/([^\n])$/, "$1\n")}${indent}- ${name}\n`;
  });
}

/** What the owner of a program adds by hand. */
export function registration(name: string): readonly string[] {
  return [`import ${identifierOf(name)} from "./models/${name}/service";`, `${identifierOf(name)}(platform);`];
}

function entryOf(name: string): string {
  const identifier = identifierOf(name);
  return identifier === name ? name : `"${name}": ${identifier}`;
}

const reserved =
  /^(default|new|class|function|switch|case|delete|export|import|return|this|enum|package|interface|static|yield|await|let|const|var|in|if|do|for|try|void|with|else|null|true|false|super|throw|while|typeof|extends|finally|continue|debugger|instanceof|catch|break|public|private|protected|implements)$/;

function identifierOf(name: string): string {
  const camel = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return reserved.test(camel) ? `${camel}Model` : camel;
}
