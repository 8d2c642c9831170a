import type { ErrorCode } from "../components/errors/catalogue";

/** A tool this machine lacks, or that could not be installed. The message says what was tried and what to install. */
export class ToolError extends Error {
  override readonly name = "ToolError";

  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}
