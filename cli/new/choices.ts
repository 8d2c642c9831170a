import type { ServingKind } from "../../components/hosting/serving";
import { closest } from "../verbs/closest";
import { usageError } from "../verbs/parse";

/** What a new model's folder begins with. */
export type Framework = "sklearn" | "script" | "text" | "audio" | "pretrained" | "fastapi";
export type Front = "none" | "http" | "rest";

export interface Choices {
  readonly framework: Framework;
  readonly kind: ServingKind;
  readonly front: Front;
}

export interface Option<T extends string> {
  readonly value: T;
  readonly describe: string;
}

export const frameworkOptions: readonly Option<Framework>[] = [
  { value: "sklearn", describe: "a scikit-learn model that is trained on a table" },
  { value: "script", describe: "scripts for SageMaker's script mode (train.py, inference.py), on AWS's scikit-learn image" },
  { value: "text", describe: "a text classifier without any library" },
  { value: "audio", describe: "a model that hears recordings" },
  { value: "pretrained", describe: "a model that is trained already: a file of yours (--from), or a small one to replace" },
  { value: "fastapi", describe: "a server and a Dockerfile of one's own, without Slipway's kit" },
];

export const kindOptions: readonly Option<ServingKind>[] = [
  { value: "realtime", describe: "instances that are always there" },
  { value: "serverless", describe: "containers that come with the requests: nothing to pay between them, a cold start" },
  { value: "async", describe: "a queue with inputs and results in S3: large inputs, long predictions, no instance when idle" },
];

export const frontOptions: readonly Option<Front>[] = [
  { value: "none", describe: "called with AWS credentials only" },
  { value: "http", describe: "an HTTPS URL (API Gateway HTTP API)" },
  { value: "rest", describe: "an HTTPS URL with an API key and a usage plan (API Gateway REST API)" },
];

/** The option that was given on the command line; throws SLIP-5010 with the closest one. */
export function chosen<T extends string>(flag: string, given: string | undefined, options: readonly Option<T>[]): T | undefined {
  if (given === undefined) return undefined;
  const values = options.map(({ value }) => value);
  const found = values.find((value) => value === given);
  if (found === undefined)
    throw usageError(`--${flag} does not know "${given}"`, given, closest(given, values), `use one of: ${values.join(", ")}`);
  return found;
}
