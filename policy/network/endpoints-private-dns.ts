import { rule } from "../rule";

export const networkEndpointsPrivateDns = rule({
  name: "network-endpoints-private-dns",
  description: "Interface endpoints answer at the service's own name, so that no client goes around them.",
  severity: "low",
  controls: [],
  advisory: true,
  types: ["aws:ec2/vpcEndpoint:VpcEndpoint"],
  faults: ({ vpcEndpointType, privateDnsEnabled }) =>
    vpcEndpointType === "Interface" && privateDnsEnabled !== true ? ["privateDnsEnabled is not true; set it to true."] : [],
});
