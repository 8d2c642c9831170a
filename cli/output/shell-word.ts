/** A word as a shell must be given it: as it is when that is safe, else in single quotes. What is printed to copy works when it is pasted. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
