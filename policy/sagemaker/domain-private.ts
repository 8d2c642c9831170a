import { rule } from "../rule";

export const sagemakerDomainPrivate = rule({
  name: "sagemaker-domain-private",
  description: "Studio's apps reach the internet through the VPC only, where the account's rules hold.",
  severity: "high",
  controls: [],
  types: ["aws:sagemaker/domain:Domain"],
  faults: ({ appNetworkAccessType }) =>
    appNetworkAccessType === "VpcOnly"
      ? []
      : [`appNetworkAccessType is ${JSON.stringify(appNetworkAccessType ?? "PublicInternetOnly")}; set it to "VpcOnly".`],
});
