import { rule } from "../rule";

export const networkSubnetsPrivate = rule({
  name: "network-subnets-private",
  description: "Subnets give no public address to what is started in them.",
  severity: "medium",
  controls: ["Security Hub EC2.15", "checkov CKV_AWS_130"],
  advisory: true,
  types: ["aws:ec2/subnet:Subnet"],
  faults: ({ mapPublicIpOnLaunch }) => (mapPublicIpOnLaunch === true ? ["mapPublicIpOnLaunch is true; set it to false."] : []),
});
