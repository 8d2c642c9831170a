import type { Context } from "../spec";
import type { Values } from "../values";

const TWELVE_HOURS = 12 * 60 * 60 * 1000;

/** A token of the shape AWS gives. Nothing is pushed locally, so nobody checks it. */
export function authorizationToken({ account, region, partition }: Context): Values {
  const password = "local";
  const suffix = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return {
    id: region,
    region,
    userName: "AWS",
    password,
    authorizationToken: Buffer.from(`AWS:${password}`).toString("base64"),
    proxyEndpoint: `https://${account}.dkr.ecr.${region}.${suffix}`,
    expiresAt: new Date(Date.now() + TWELVE_HOURS).toISOString(),
  };
}
