import type { PolicyResource } from "@pulumi/policy";
import { beforeAll, describe, expect, it } from "vitest";
import { rules } from "../../policy/index";
import { everythingPlanned, type Planned } from "../safety/checkov/plan";
import { faultsOf, resource } from "./verdict";

/** The plan as the engine shows it to the pack; what belongs to what is told by the ids and names that the mocks give. */
function asPolicyResources(planned: readonly Planned[]): PolicyResource[] {
  const bare = planned.map((each) => ({ ...each, resource: resource(each.type, { ...each.inputs }, { name: each.name }) }));
  return planned.map(({ type, name, inputs, dependencies }) => {
    const related = bare.filter((each) => dependencies.some((key) => key === `${each.type} ${each.name}` || key === each.parent));
    const from = Object.entries(inputs).map(([property, value]) => {
      const text = JSON.stringify(value) ?? "";
      const referred = related.filter((each) => text.includes(`"${String(each.outputs.id)}"`) || text.includes(`${each.name}-1a2b3c4`));
      return [property, referred.map((each) => each.resource)] as const;
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
