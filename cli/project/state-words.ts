import { shellWord } from "../output/shell-word";

/** What a suggested command needs so that it means the same local platform, given this command's `--state`: ` --state DIR`, or nothing. */
export function stateWords(option: string | undefined): string {
  return option === undefined ? "" : ` --state ${shellWord(option)}`;
}
