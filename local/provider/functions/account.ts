import type { Context } from "../spec";
import { texts, type Values } from "../values";

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  "us-east-1": "US East (N. Virginia)",
  "us-east-2": "US East (Ohio)",
  "us-west-1": "US West (N. California)",
  "us-west-2": "US West (Oregon)",
  "eu-central-1": "Europe (Frankfurt)",
  "eu-west-1": "Europe (Ireland)",
  "eu-west-2": "Europe (London)",
};

export function region(context: Context): Values {
  const name = context.region;
  return { id: name, region: name, name, description: DESCRIPTIONS[name] ?? name, endpoint: `ec2.${name}.${dnsSuffix(context)}` };
}

export function callerIdentity({ account, partition: aws }: Context): Values {
  return { id: account, accountId: account, arn: `arn:${aws}:iam::${account}:root`, userId: account };
}

export function partition(context: Context): Values {
  const suffix = dnsSuffix(context);
  return {
    id: context.partition,
    partition: context.partition,
    dnsSuffix: suffix,
    reverseDnsPrefix: suffix.split(".").reverse().join("."),
  };
}

/** Four zones, as most regions have at least three. */
export function availabilityZones(context: Context, args: Values): Values {
  const excluded = texts(args, "excludeNames") ?? [];
  const letters = ["a", "b", "c", "d"].filter((letter) => !excluded.includes(context.region + letter));
  return {
    id: context.region,
    region: context.region,
    names: letters.map((letter) => context.region + letter),
    zoneIds: letters.map((letter) => `${shortRegion(context.region)}-az${letter.charCodeAt(0) - 96}`),
    groupNames: [context.region],
  };
}

/** `use1` for `us-east-1`, as zone ids have it. */
function shortRegion(name: string): string {
  const [area = "", direction = "", count = ""] = name.split("-");
  return `${area}${direction.charAt(0)}${count}`;
}

function dnsSuffix(context: Context): string {
  return context.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
}
