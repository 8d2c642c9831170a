import { list, record } from "./rule";

/** A statement of an IAM or resource policy. */
export type PolicyStatement = Record<string, unknown>;

/** The statements of a policy document, given as text or as an object. */
export function statements(document: unknown): readonly PolicyStatement[] {
  const parsed: unknown = typeof document === "string" && document !== "" ? JSON.parse(document) : document;
  return list(record(parsed).Statement).map(record);
}

/** Those that allow something. */
export function allowing(document: unknown): readonly PolicyStatement[] {
  return statements(document).filter(({ Effect }) => Effect === "Allow");
}

/** Whether one of a statement's actions, with its wildcards, covers an action. */
export function covers(statement: PolicyStatement, action: string): boolean {
  if (statement.NotAction !== undefined) return !named(statement.NotAction, action);
  return named(statement.Action, action);
}

function named(actions: unknown, action: string): boolean {
  return list(actions).some((pattern) => wildcard(String(pattern)).test(action));
}

function wildcard(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${text}$`, "i");
}

/** Names of the condition keys of a statement, in lower case. */
export function conditionKeys(statement: PolicyStatement): string[] {
  return Object.values(record(statement.Condition)).flatMap((keys) => Object.keys(record(keys)).map((key) => key.toLowerCase()));
}

/** Whether a statement is for everybody: the principal is a star, in one of the ways there are to write it. */
export function isForEverybody(statement: PolicyStatement): boolean {
  const { Principal } = statement;
  return Principal === "*" || list(record(Principal).AWS).includes("*") || statement.NotPrincipal !== undefined;
}

/** Condition keys that leave of everybody only known accounts, sources or endpoints. */
const bounding = [
  "aws:sourcearn",
  "aws:sourceaccount",
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principalorgid",
  "aws:sourcevpce",
  "aws:sourcevpc",
];

/** Statements that allow everybody something, whoever and wherever they are. */
export function openToAll(document: unknown): readonly PolicyStatement[] {
  return allowing(document).filter(
    (statement) => isForEverybody(statement) && !conditionKeys(statement).some((key) => bounding.includes(key)),
  );
}

/** How a fault names a statement. */
export function sid(statement: PolicyStatement, index: number): string {
  return typeof statement.Sid === "string" ? `statement ${statement.Sid}` : `statement ${index + 1}`;
}
