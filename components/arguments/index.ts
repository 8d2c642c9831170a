export * from "./checks";
export { closestName } from "./closest-name";
export { parseDuration, seconds } from "./duration";
export * from "./sagemaker-limits";
