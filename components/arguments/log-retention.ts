import type { Check } from "./checks";

/** Retention periods CloudWatch Logs knows, in days. */
const retentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

export const logRetention: Check = (value, path, problems) => {
  if (typeof value !== "number" || !retentionDays.includes(value)) {
    problems.add(path, `got ${JSON.stringify(value)}; allowed are ${retentionDays.join(", ")}`);
  }
};
