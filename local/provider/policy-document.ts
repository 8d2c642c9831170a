import { hasUnknown, isValues, UNKNOWN, type Value } from "./values";

/** A policy as text: programs may give it as an object, and the real provider turns it into JSON. */
export function policyText(policy: Value | undefined): Value {
  if (policy === undefined) return null;
  if (!isValues(policy)) return policy;
  return hasUnknown(policy) ? UNKNOWN : JSON.stringify(policy);
}
