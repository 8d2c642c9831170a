import { explained } from "../errors";
import type { Context } from "../spec";
import { text, type Values } from "../values";
import { availabilityZones, callerIdentity, partition, region } from "./account";
import { authorizationToken } from "./ecr";
import { policyDocument } from "./iam";
import { prebuiltEcrImage } from "./sagemaker";

type Answer = (context: Context, args: Values) => Values | Promise<Values>;

/** Functions with local behaviour, by token. */
const functions: Readonly<Record<string, Answer>> = {
  "aws:index/getRegion:getRegion": region,
  "aws:index/getCallerIdentity:getCallerIdentity": callerIdentity,
  "aws:index/getPartition:getPartition": partition,
  "aws:index/getAvailabilityZones:getAvailabilityZones": availabilityZones,
  "aws:ecr/getAuthorizationToken:getAuthorizationToken": authorizationToken,
  "aws:iam/getPolicyDocument:getPolicyDocument": policyDocument,
  "aws:sagemaker/getPrebuiltEcrImage:getPrebuiltEcrImage": prebuiltEcrImage,
};

/** Calls a function; YAML programs may name `aws:getRegion` for `aws:index/getRegion:getRegion`. */
export async function invoke(token: string, context: Context, args: Values): Promise<Values> {
  const name = fullToken(token);
  const answer = functions[name];
  if (answer === undefined) {
    const known = Object.keys(functions).join(", ");
    throw new Error(`function ${token} has no local behaviour; these have: ${known}`);
  }
  try {
    return await answer(context.inRegion(text(args, "region") ?? context.region), args);
  } catch (error) {
    throw explained(`calling ${token}`, error);
  }
}

function fullToken(token: string): string {
  const [pack = "", ...rest] = token.split(":");
  const name = rest.pop() ?? "";
  const module = rest[0]?.split("/")[0] ?? "index";
  return `${pack}:${module === "" ? "index" : module}/${name}:${name}`;
}
