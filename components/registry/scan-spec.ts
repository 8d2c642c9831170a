import { type Checks, list, oneOf, required, text } from "../arguments";

/** What of ECR's scan of an image stops its deployment. */
export interface ScanArgs {
  /** CRITICAL, HIGH, MEDIUM or LOW: an image with a finding as severe or more is not deployed. */
  failOn: string;
  /** Ids of findings that stop nothing, such as `CVE-2026-1234`. */
  accepted?: string[];
}

/** From the worst on. ECR also has INFORMATIONAL and findings that nobody has judged yet, which stop nothing. */
export const severities = ["CRITICAL", "HIGH", "MEDIUM", "LOW"] as const;

export const scanChecks: Checks<ScanArgs> = {
  failOn: required(oneOf(...severities)),
  accepted: list(text({ pattern: /^[A-Za-z0-9][A-Za-z0-9._:-]{2,127}$/, allowed: 'the id of a finding, such as "CVE-2026-1234"' })),
};
