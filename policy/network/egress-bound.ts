import { rule } from "../rule";
import { groupRules, groupTypes } from "./addresses";

export const networkEgressBound = rule({
  name: "network-egress-bound",
  description: "No security group lets everything out to everywhere.",
  severity: "medium",
  controls: ["checkov CKV_AWS_382"],
  types: groupTypes,
  faults: (properties, type) =>
    groupRules(properties, type)
      .filter(({ isIngress, open, protocol }) => !isIngress && open && ["-1", "all"].includes(protocol))
      .map(({ path }) => `${path} lets every protocol out to every address; name protocol, port and addresses.`),
});
