import type { PolicyResource } from "@pulumi/policy";
import { beforeAll, describe, expect, it } from "vitest";
import { rules } from "../../policy/index";
import { everythingPlanned } from "../safety/checkov/plan";
import type { Registered } from "../support/mocks";
import { faultsOf, resource } from "./verdict";

/** The plan as the engine shows it to the pack; what belongs to what is told by the ids and names that the mocks give. */
function asPolicyResources(planned: readonly Registered[]): PolicyResource[] {
  const bare = new Map(planned.map(({ type, name, inputs }) => [`${type} ${name}`, resource(type, { ...inputs }, { name })]));
  return planned.map(({ type, name, inputs, dependencies }) => {
    const related = dependencies.flatMap((key) => bare.get(key) ?? []);
    const from = Object.entries(inputs).map(([property, value]) => {
      const text = JSON.stringify(value) ?? "";
      return [property, related.filter((other) => text.includes(`${other.name}-id`) || text.includes(`${other.name}-1a2b3c4`))] as const;
    });
    return resource(type, { ...inputs }, { name, from: Object.fromEntries(from) });
  });
}

describe("everything that the library plans for production, with all values known", () => {
  let planned: PolicyResource[];
  beforeAll(async () => {
    planned = asPolicyResources(await everythingPlanned());
  });

  it.each(rules.filter(({ enforcementLevel }) => enforcementLevel === "mandatory").map((rule) => [rule.name, rule] as const))(
    "keeps %s",
    async (_, rule) => {
      expect(await faultsOf(rule, planned)).toEqual([]);
    },
  );

  it("is told of choices only: of an asynchronous endpoint that begins with one instance and goes down to none, and whose container has a network, and of the bucket of access logs, which no key may encrypt", async () => {
    const told = await Promise.all(
      rules
        .filter(({ enforcementLevel }) => enforcementLevel === "advisory")
        .map(async (rule) => (await faultsOf(rule, planned)).map((fault) => `${rule.name} ${fault.split(":")[0]}`)),
    );
    expect(told.flat().sort()).toEqual([
      "s3-encrypted-by-key shop-artifacts-logs",
      "sagemaker-endpoint-instances night-endpoint-config",
      "sagemaker-model-network-isolated night-endpoint-model",
    ]);
  });
});
