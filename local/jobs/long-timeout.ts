/** Node's timers hold 24 days at most, a job may run for 28: the wait is cut into parts. */
export function longTimeout(milliseconds: number, action: () => void): { cancel(): void } {
  const longest = 2 ** 31 - 1;
  let timer: NodeJS.Timeout;
  const arm = (rest: number): void => {
    timer = setTimeout(() => (rest > longest ? arm(rest - longest) : action()), Math.min(rest, longest));
  };
  arm(Math.max(0, milliseconds));
  return { cancel: () => clearTimeout(timer) };
}
