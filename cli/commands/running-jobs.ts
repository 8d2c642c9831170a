import type { DaemonStatus } from "../daemon/admin";
import { stateWords } from "../project/state-words";

/** What the user must know after Ctrl-C: jobs go on without the command that started them, as on AWS. Undefined when none does. */
export function runningJobsNote(
  status: Pick<DaemonStatus, "trainingJobs"> | undefined,
  stateOption: string | undefined,
): string | undefined {
  const names = status?.trainingJobs.filter((job) => job.status === "InProgress").map(({ name }) => name) ?? [];
  if (names.length === 0) return undefined;
  const [jobs, go, them] = names.length === 1 ? ["Training job", "goes", "it"] : ["Training jobs", "go", "them"];
  const stop = `npx slipway local down${stateWords(stateOption)}`;
  return `${jobs} ${names.join(", ")} ${go} on without this command, and the next local up waits for ${them}. Stop ${them}: ${stop}`;
}
