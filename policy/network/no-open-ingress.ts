import { rule } from "../rule";
import { groupRules, groupTypes } from "./addresses";

export const networkNoOpenIngress = rule({
  name: "network-no-open-ingress",
  description: "No security group lets the whole internet in.",
  severity: "high",
  controls: [
    "Security Hub EC2.18",
    "Security Hub EC2.19",
    "checkov CKV_AWS_24",
    "checkov CKV_AWS_25",
    "checkov CKV_AWS_260",
    "checkov CKV_AWS_277",
  ],
  types: groupTypes,
  faults: (properties, type) =>
    groupRules(properties, type)
      .filter(({ isIngress, open }) => isIngress && open)
      .map(({ path }) => `${path} is open to every address; name the addresses, or a security group.`),
});
