import { list, record, rule } from "../rule";

export const apigatewayDomainTls = rule({
  name: "apigateway-domain-tls",
  description: "Domains of APIs take TLS 1.2 or newer.",
  severity: "high",
  controls: ["checkov CKV_AWS_206"],
  types: ["aws:apigatewayv2/domainName:DomainName", "aws:apigateway/domainName:DomainName"],
  faults: ({ securityPolicy, domainNameConfiguration }, type) => {
    const isHttp = type === "aws:apigatewayv2/domainName:DomainName";
    const given = isHttp ? list(domainNameConfiguration).map((each) => record(each).securityPolicy)[0] : securityPolicy;
    return /TLS_?1_[23]/i.test(String(given))
      ? []
      : [
          `${isHttp ? "domainNameConfiguration.securityPolicy" : "securityPolicy"} is ${JSON.stringify(given ?? "TLS_1_0")}; set it to "TLS_1_2".`,
        ];
  },
});
