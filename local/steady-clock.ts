/**
 * Milliseconds since the epoch by a clock that only goes forward at its own pace: right when this process started, and untouched by what becomes of the
 * machine's clock after that. For deadlines, pauses and ages; what tells people the time takes `Date`.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}
