import { isErrorCode, SlipwayError } from "../../components/errors/slipway-error";

/** Several failures of one command, such as two models that failed in one update. */
export class SlipwayFailures extends Error {
  constructor(readonly failures: readonly SlipwayError[]) {
    super(failures.map(({ message }) => message).join("\n"));
    this.name = "SlipwayFailures";
  }
}

/** What is shown for anything that was thrown: catalogued errors as they are, the unforeseen as SLIP-5099. */
export function asSlipwayErrors(error: unknown, logPath: string | undefined): readonly SlipwayError[] {
  if (error instanceof SlipwayFailures) return error.failures;
  if (error instanceof SlipwayError) return [error];
  return [coded(error) ?? unforeseen(error, logPath)];
}

/** An error of another part of Slipway: it carries a catalogue code as a member, or its message starts with one. */
function coded(error: unknown): SlipwayError | undefined {
  if (!(error instanceof Error)) return undefined;
  const own = "code" in error && typeof error.code === "string" ? error.code : "";
  const [, lead = "", rest = ""] = /^(SLIP-\d{4})[:\s]+([\s\S]*)$/.exec(error.message) ?? [];
  const code = [own, lead].find(isErrorCode);
  if (code === undefined) return undefined;
  const [message = "", ...details] = (lead === "" ? error.message : rest).split("\n");
  return new SlipwayError(code, message, { details, cause: error });
}

function unforeseen(error: unknown, logPath: string | undefined): SlipwayError {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new SlipwayError("SLIP-5099", message, {
    cause: error,
    ...(logPath === undefined ? {} : { details: [`log  ${logPath}`] }),
    more: ["slipway doctor"],
  });
}
