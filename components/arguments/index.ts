export * from "./checks";
export { closestName } from "./closest-name";
export { parseDuration, seconds } from "./duration";
export { withoutNulls } from "./left-out";
export { logRetention } from "./log-retention";
export { settings } from "./plain-secret";
export * from "./sagemaker-limits";
