import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import type { DomainArgs } from "./api-args";
import type { FrontContext } from "./caller";

export interface DomainNodes {
  readonly domainName: aws.apigatewayv2.DomainName;
  readonly mapping: aws.apigatewayv2.ApiMapping;
  /** Undefined without a hosted zone. */
  readonly record: aws.route53.Record | undefined;
}

/** A name of the user's for an API of either kind: regional, TLS 1.2 at least, with an alias record where the zone is given. */
export function createDomain(
  { parent, tags }: FrontContext,
  name: string,
  domain: DomainArgs,
  apiId: pulumi.Input<string>,
  stage: pulumi.Input<string>,
): DomainNodes {
  const domainName = new aws.apigatewayv2.DomainName(
    `${name}-domain`,
    {
      domainName: domain.name,
      domainNameConfiguration: { certificateArn: domain.certificateArn, endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
      tags,
    },
    childOf(parent),
  );
  const mapping = new aws.apigatewayv2.ApiMapping(`${name}-mapping`, { apiId, domainName: domainName.id, stage }, childOf(parent));
  const target = domainName.domainNameConfiguration;
  const record =
    domain.hostedZoneId === undefined
      ? undefined
      : new aws.route53.Record(
          `${name}-record`,
          {
            zoneId: domain.hostedZoneId,
            name: domain.name,
            type: "A",
            aliases: [
              {
                name: target.apply((known) => known.targetDomainName ?? ""),
                zoneId: target.apply((known) => known.hostedZoneId ?? ""),
                evaluateTargetHealth: false,
              },
            ],
          },
          childOf(parent),
        );
  return { domainName, mapping, record };
}
