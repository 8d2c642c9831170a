/** One step of a path: names of an object, places in a list, or all there is. */
type Step =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "places"; readonly places: readonly Place[] }
  | { readonly kind: "all" };

type Place = number | { readonly from: number | undefined; readonly to: number | undefined };

/**
 * The part of JSONPath that batch transform knows: `$`, `.name`, `['name', 'other']`, `[0]`, `[-1]`, `[1:]`, `[0,5:]`, `*` and `[*]`.
 * Several names give an object of them, several places a list.
 */
export class JsonPath {
  private readonly steps: readonly Step[];

  /** Throws when the text is no such path, and names the place where it is not. */
  constructor(private readonly text: string) {
    this.steps = parse(text);
  }

  /** The whole value is wanted. */
  get isRoot(): boolean {
    return this.steps.length === 0;
  }

  /** Throws when the value has nothing at this path. */
  select(value: unknown): unknown {
    return this.follow(value, 0);
  }

  private follow(value: unknown, at: number): unknown {
    const step = this.steps[at];
    if (step === undefined) {
      return value;
    }
    switch (step.kind) {
      case "all":
        return children(value).map((child) => this.follow(child, at + 1));
      case "names":
        return this.byName(value, step.names, at);
      case "places":
        return this.byPlace(value, step.places, at);
    }
  }

  private byName(value: unknown, names: readonly string[], at: number): unknown {
    const found = names.map((name) => {
      const child = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
      if (child === undefined) {
        throw new Error(`${this.text} finds no ${JSON.stringify(name)}`);
      }
      return [name, this.follow(child, at + 1)] as const;
    });
    return names.length === 1 ? found[0]?.[1] : Object.fromEntries(found);
  }

  private byPlace(value: unknown, places: readonly Place[], at: number): unknown {
    if (!Array.isArray(value)) {
      throw new Error(`${this.text} wants a list, and finds ${value === null ? "null" : typeof value}`);
    }
    const list: readonly unknown[] = value;
    const one = (place: number): unknown => {
      const index = place < 0 ? list.length + place : place;
      if (index < 0 || index >= list.length) {
        throw new Error(`${this.text} wants element ${place} of a list of ${list.length}`);
      }
      return this.follow(list[index], at + 1);
    };
    const [only] = places;
    if (places.length === 1 && typeof only === "number") {
      return one(only);
    }
    return places.flatMap((place) =>
      typeof place === "number" ? [one(place)] : list.slice(place.from, place.to).map((child) => this.follow(child, at + 1)),
    );
  }
}

const name = /^\.([A-Za-z_][A-Za-z0-9_-]*)/;
const all = /^(?:\.\*|\[\s*\*\s*\])/;
const names = /^\[\s*('[^']*'|"[^"]*")(?:\s*,\s*(?:'[^']*'|"[^"]*"))*\s*\]/;
const places = /^\[\s*(?:-?\d+|-?\d*:-?\d*)(?:\s*,\s*(?:-?\d+|-?\d*:-?\d*))*\s*\]/;

function parse(text: string): Step[] {
  if (!text.startsWith("$")) {
    throw new Error(`${JSON.stringify(text)} does not begin with $`);
  }
  const steps: Step[] = [];
  for (let rest = text.slice(1); rest !== ""; ) {
    const [step, length] = next(rest);
    if (step === undefined) {
      throw new Error(`${JSON.stringify(text)} is not understood from ${JSON.stringify(rest)} on`);
    }
    steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
}

function next(rest: string): [Step | undefined, number] {
  const everything = all.exec(rest);
  if (everything !== null) {
    return [{ kind: "all" }, everything[0].length];
  }
  const dotted = name.exec(rest);
  if (dotted?.[1] !== undefined) {
    return [{ kind: "names", names: [dotted[1]] }, dotted[0].length];
  }
  const quoted = names.exec(rest)?.[0];
  if (quoted !== undefined) {
    const found = [...quoted.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? "");
    return [{ kind: "names", names: found }, quoted.length];
  }
  const numbered = places.exec(rest)?.[0];
  if (numbered !== undefined) {
    return [{ kind: "places", places: numbered.slice(1, -1).split(",").map(place) }, numbered.length];
  }
  return [undefined, 0];
}

function place(text: string): Place {
  const [from = "", to] = text.trim().split(":");
  const bound = (part: string): number | undefined => (part === "" ? undefined : Number(part));
  return to === undefined ? Number(from) : { from: bound(from), to: bound(to) };
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) {
    return value;
  }
  return isObject(value) ? Object.values(value) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
