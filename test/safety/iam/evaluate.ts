/** A statement of an identity policy, as the roles' policies write it. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** What somebody asks AWS to do. `context` holds condition keys: several values where the key has several. */
export interface AwsRequest {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

export function statementsOf(document: string): PolicyStatement[] {
  return (JSON.parse(document) as { Statement: PolicyStatement[] }).Statement;
}

/** AWS's rule for identity policies: some statement allows it, and none denies it. Operators that no policy here uses are an error, not a guess. */
export function isAllowed(statements: readonly PolicyStatement[], request: AwsRequest): boolean {
  const applying = statements.filter((statement) => applies(statement, request));
  return applying.some(({ Effect }) => Effect === "Allow") && !applying.some(({ Effect }) => Effect === "Deny");
}

function applies({ Action, Resource, Condition = {} }: PolicyStatement, { action, resource, context = {} }: AwsRequest): boolean {
  return (
    Action.some((pattern) => like(pattern.toLowerCase(), action.toLowerCase())) &&
    Resource.some((pattern) => like(pattern, resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) =>
        holds(operator, [wanted].flat(), context[key] === undefined ? undefined : [context[key]].flat()),
      ),
    )
  );
}

/** `given` is undefined when the request does not have the key: `Null` asks for that, `ForAllValues` holds then, all others fail. */
function holds(operator: string, wanted: readonly string[], given: readonly string[] | undefined): boolean {
  if (operator === "Null") return wanted.includes(String(given === undefined));
  const [, all, comparison = ""] = /^(ForAllValues:)?(.*)$/.exec(operator) ?? [];
  if (given === undefined) return all !== undefined;
  const matches = (value: string) => wanted.some((each) => compare(comparison, each, value));
  return all === undefined ? given.some(matches) : given.every(matches);
}

function compare(operator: string, wanted: string, given: string): boolean {
  if (operator === "StringEquals") return wanted === given;
  if (operator === "StringLike" || operator === "ArnLike" || operator === "ArnEquals") return like(wanted, given);
  if (operator === "Bool") return wanted.toLowerCase() === given.toLowerCase();
  if (operator === "NumericLessThanEquals") return Number(given) <= Number(wanted);
  throw new Error(`no policy of the roles used the operator ${operator}; teach it to the evaluator`);
}

function like(pattern: string, text: string): boolean {
  const parts = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${parts}$`, "s").test(text);
}
