import { readFileSync } from "node:fs";

/** The variable that points the suite at an account: the path of a JSON file with a `Target`. */
export const targetVariable = "SLIPWAY_CONTRACT_TARGET";

/** An account to run the suite in, instead of a local platform for each test file. What the suite makes there it deletes again. */
export interface Target {
  readonly account: string;
  readonly region: string;
  /** A bucket that is there, and that the role may read. */
  readonly bucket: string;
  /** ARN of an execution role. */
  readonly role: string;
  /** URI of the image that `test/contract/fixtures/echo` makes. */
  readonly image: string;
  /** For what is not AWS itself; then credentials do not matter. Without it AWS's own endpoints and the default credentials are used. */
  readonly endpointUrl?: string;
}

export const target: Target | undefined = read(process.env[targetVariable]);

/** How long a change of state may take: on AWS an instance is started for it. */
export const changeSeconds = target === undefined ? 60 : 1_800;

function read(path: string | undefined): Target | undefined {
  return path === undefined ? undefined : JSON.parse(readFileSync(path, "utf8"));
}
