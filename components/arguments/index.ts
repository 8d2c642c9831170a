export * from "./checks";
export { closestName } from "./closest-name";
export { parseDuration, seconds } from "./duration";
export { settings } from "./plain-secret";
export * from "./sagemaker-limits";
