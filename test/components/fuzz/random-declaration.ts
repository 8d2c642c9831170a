import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../../../components/component";

interface Property {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property;
}
interface Schema {
  readonly resources: Readonly<Record<string, { readonly inputProperties: Readonly<Record<string, Property>> }>>;
  readonly types: Readonly<
    Record<string, { readonly properties: Readonly<Record<string, Property>>; readonly required?: readonly string[] }>
  >;
}

const schema = JSON.parse(readFileSync(join(packageFolder(), "schema.json"), "utf8")) as Schema;

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const digest = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/a@sha256:${"5".repeat(64)}`;
/** Texts that some argument or other takes, beside some that none does. */
const texts = [
  ...[
    "ml.m5.large",
    "ml.g5.xlarge",
    "ml.m7g.large",
    "ml.inf1.xlarge",
    "linux/arm64",
    "models/iris",
    "models/iris/data",
    "cli/templates/script",
  ],
  ...[
    "cli/templates/fastapi",
    "inference.py",
    "train.py",
    "pytorch",
    "sklearn",
    "2.1.0",
    "1.2-1",
    digest,
    "iris/3",
    "s3://a/b.tar.gz",
    "s3://a/b/",
  ],
  ...[
    "90s",
    "5m",
    "2h",
    "30d",
    "RANDOM",
    "CANARY",
    "LINEAR",
    "ROLLING",
    "ALL_AT_ONCE",
    "CAPACITY_PERCENT",
    "INSTANCE_COUNT",
    "/iris",
    "rest",
  ],
  ...["http", "NONE", "AWS_IAM", "JWT", "DAY", "*", "https://a.example", "application/json", "Input", "rate(1 hour)", "Europe/Berlin"],
  ...[
    "arn:aws:sns:eu-central-1:123456789012:t",
    "SUCCESS_NOTIFICATION_TOPIC",
    "",
    " ",
    "ä\u0000",
    "x".repeat(3000),
    "__proto__",
    "../none",
    "{port}",
  ],
];
const numbers = [0, 1, 2, 3, 5, 10, 50, 100, 200, 1024, 2048, 6144, -1, 0.5, 1.5, 1e9, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53];
const names = [
  "a",
  "b",
  "train",
  "MODE",
  "SAGEMAKER_PROGRAM",
  "SAGEMAKER_MODEL_SERVER_TIMEOUT",
  "main",
  "shadow",
  "A b",
  "constructor",
  "",
];
/** What other languages can send: JSON, and nothing. */
const junk: readonly unknown[] = [null, undefined, true, false, 0, "", "x", [], {}, [null], [[]], { a: null }, { a: {} }];

/** Declarations of a component: mostly what its schema says, with values that fit here and there, and others that nobody would write. */
export class Declarations {
  constructor(private readonly random: () => number) {}

  of(component: string, always: readonly string[] = []): Record<string, unknown> {
    return this.members(schema.resources[`slipway:index:${component}`]?.inputProperties ?? {}, 0.25, always);
  }

  private members(properties: Readonly<Record<string, Property>>, share: number, always: readonly string[]): Record<string, unknown> {
    const chosen = Object.entries(properties).filter(([key]) => this.random() < (always.includes(key) ? 0.95 : share));
    const made = Object.fromEntries(chosen.map(([key, property]) => [key, this.value(property)]));
    return this.random() < 0.03 ? { ...made, [this.one(names)]: this.one(junk) } : made;
  }

  private value(property: Property): unknown {
    if (this.random() < 0.04) return this.one(junk);
    if (property.$ref !== undefined) {
      const type = schema.types[property.$ref.replace("#/types/", "")];
      return type === undefined ? this.one(texts) : this.members(type.properties, 0.3, type.required ?? []);
    }
    if (property.items !== undefined) return this.many(() => this.value(property.items ?? {}));
    if (property.additionalProperties !== undefined) {
      return Object.fromEntries(this.many(() => [this.one(names), this.value(property.additionalProperties ?? {})] as const));
    }
    if (property.type === "number" || property.type === "integer") return this.one(numbers);
    if (property.type === "boolean") return this.random() < 0.5;
    return this.one(texts);
  }

  private many<T>(make: () => T): T[] {
    return Array.from({ length: Math.floor(this.random() * 3) }, make);
  }

  private one<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)] as T;
  }
}
