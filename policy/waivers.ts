import type { PolicyConfigSchema } from "@pulumi/policy";

/** Lets one resource break one rule, for a reason, for a time. */
export interface Waiver {
  /** Name or URN of the resource; `*` stands for any text. */
  readonly resource: string;
  /** Why, for whoever reviews it. At least ten characters. */
  readonly reason: string;
  /** Last day it holds, in UTC, as `2027-03-31`. */
  readonly expires: string;
}

const date = "^\\d{4}-\\d{2}-\\d{2}$";

/** What a policy configuration may say of each rule, beside its `enforcementLevel`. */
export const waiverSchema: PolicyConfigSchema = {
  properties: {
    waivers: {
      type: "array",
      default: [],
      items: {
        type: "object",
        properties: {
          resource: { type: "string", minLength: 1 },
          reason: { type: "string", minLength: 10 },
          expires: { type: "string", pattern: date },
        },
        required: ["resource", "reason", "expires"],
      },
    },
  },
};

/** Whether a resource may break the rule today, and what is to be said of waivers for it that do not hold. */
export function waiving(
  waivers: readonly Waiver[],
  resource: { readonly name: string; readonly urn: string },
  today: string = new Date().toISOString().slice(0, 10),
): { readonly waived: boolean; readonly notes: readonly string[] } {
  const mine = waivers.filter(({ resource: pattern }) => matches(pattern, resource.name) || matches(pattern, resource.urn));
  const notes = mine.map((waiver) => flaw(waiver, today)).filter((note) => note !== undefined);
  return { waived: mine.length > notes.length, notes };
}

// A pack that another team makes hands its configuration over unchecked, so it is checked here too.
function flaw({ reason, expires }: Partial<Waiver>, today: string): string | undefined {
  if (typeof reason !== "string" || reason.trim().length < 10)
    return "A waiver for it has no reason of ten characters or more, and does not count.";
  if (typeof expires !== "string" || !new RegExp(date).test(expires) || Number.isNaN(Date.parse(expires))) {
    return `A waiver for it expires on ${JSON.stringify(expires)}, which is no date such as "2027-03-31", and does not count.`;
  }
  return expires < today ? `Its waiver expired on ${expires}.` : undefined;
}

function matches(pattern: unknown, text: string): boolean {
  if (typeof pattern !== "string" || pattern === "") return false;
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(text);
}
