import type { Finding } from "./findings";

/** Lets one vulnerability of one package pass, for a reason, for a time: as a waiver of the policy pack does for a rule. */
export interface Accepted {
  readonly id: string;
  readonly package: string;
  /** Why, for whoever reviews it. At least ten characters. */
  readonly reason: string;
  /** Last day it holds, in UTC, as `2027-03-31`. */
  readonly expires: string;
}

/** What is left of the findings, and what is to be said of entries that do not count. */
export function judge(
  findings: readonly Finding[],
  accepted: readonly Partial<Accepted>[],
  today: string = new Date().toISOString().slice(0, 10),
): { readonly left: readonly Finding[]; readonly notes: readonly string[] } {
  const flaws = accepted.map((entry) => flaw(entry, today));
  const holding = accepted.filter((_, index) => flaws[index] === undefined);
  const covers = ({ id, package: name }: Partial<Accepted>, finding: Finding) =>
    name === finding.package && id !== undefined && finding.ids.includes(id);
  const unused = holding.filter((entry) => !findings.some((finding) => covers(entry, finding)));
  return {
    left: findings.filter((finding) => !holding.some((entry) => covers(entry, finding))),
    notes: [
      ...flaws.filter((note) => note !== undefined),
      ...unused.map(({ id, package: name }) => `accepted ${id} of ${name}: nothing has it any more; remove the entry`),
    ],
  };
}

function flaw(entry: Partial<Accepted>, today: string): string | undefined {
  const { id, package: name, reason, expires } = entry;
  const which = `accepted ${id} of ${name}`;
  if (typeof id !== "string" || typeof name !== "string") return `${which}: has no id and package, and does not count`;
  if (typeof reason !== "string" || reason.trim().length < 10)
    return `${which}: has no reason of ten characters or more, and does not count`;
  if (typeof expires !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(Date.parse(expires)))
    return `${which}: expires on ${JSON.stringify(expires)}, which is no date such as "2027-03-31", and does not count`;
  return expires < today ? `${which}: expired on ${expires}` : undefined;
}
