import { rule } from "../rule";
import { groupRules, groupTypes } from "./addresses";

export const networkRulesDescribed = rule({
  name: "network-rules-described",
  description: "Every rule of a security group says what it is for.",
  severity: "low",
  controls: ["checkov CKV_AWS_23"],
  types: groupTypes,
  faults: (properties, type) =>
    groupRules(properties, type)
      .filter(({ described }) => !described)
      .map(({ path }) => `${path} has no description; say what it is for.`),
});
