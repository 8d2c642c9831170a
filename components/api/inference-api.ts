import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, type Checks, checkArguments, modelName, oneOf, required, s3Uri, text } from "../arguments";
import { componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import type { ServingKind } from "../hosting/serving";
import { type PlatformExports, platformCheck, platformValues } from "../platform/platform-exports";
import { recordedChild } from "../recorded-state";
import { type ApiArgs, apiChecks } from "./api-args";
import { checkApiRules } from "./api-rules";
import type { CallerNodes } from "./caller";
import { createFront } from "./front";
import type { HttpApiNodes } from "./http-front";
import { type ModelWay, modeOf } from "./model-way";
import { apiTimeouts, authorizationOf, streamTimeouts } from "./operations";
import type { RestApiNodes } from "./rest-front";
import type { FunctionUrlNodes } from "./stream-front";

export interface InferenceApiArgs extends ApiArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Name of the model. */
  model: string;
  /** Name of the endpoint. */
  endpointName: pulumi.Input<string>;
  /** How the endpoint answers: realtime, serverless or async. Default: realtime. */
  serving?: string;
  /** S3 prefix for inputs of an asynchronous endpoint. */
  inputLocation?: pulumi.Input<string>;
  /** S3 prefix of its results. */
  outputLocation?: pulumi.Input<string>;
  /** S3 prefix of what failed requests leave. */
  failureLocation?: pulumi.Input<string>;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const inferenceApiChecks: Checks<InferenceApiArgs> = {
  ...apiChecks,
  platform: platformCheck,
  model: required(text(modelName)),
  endpointName: required(text()),
  serving: oneOf("realtime", "serverless", "async"),
  inputLocation: s3Uri,
  outputLocation: s3Uri,
  failureLocation: s3Uri,
  tags: anything,
};

export interface InferenceApiNodes extends CallerNodes {
  /** Of these three one is there. */
  readonly http: HttpApiNodes | undefined;
  readonly rest: RestApiNodes | undefined;
  readonly stream: FunctionUrlNodes | undefined;
}

/**
 * One model over HTTPS, through a function that may call its endpoint and do nothing else: an HTTP API, a REST API, or a function URL that streams. Bodies,
 * media types and the model's own errors pass unchanged. A request to an asynchronous model is answered 202, and asked for by its id.
 */
export class InferenceApi extends pulumi.ComponentResource {
  /** URL to `POST` to. */
  declare readonly url: pulumi.Output<string>;
  /** Id of the key that callers send the value of; undefined unless callers send a key. */
  declare readonly apiKeyId: pulumi.Output<string | undefined>;
  /** The key itself, a secret. */
  declare readonly apiKey: pulumi.Output<string | undefined>;

  constructor(name: string, args: InferenceApiArgs, opts?: pulumi.ComponentResourceOptions) {
    checkInferenceApi(name, args);
    super(componentType("InferenceApi"), name, {}, opts);
    const way = wayOf(name, args);
    const recorded = recordedChild(`${name}-function`, "aws:lambda/function:Function", this);
    const context = { parent: this, platform: platformValues(args.platform), logRetentionDays: args.logRetentionDays, tags: args.tags };
    const { nodes, urls } = createFront(context, name, `Inference with ${args.model}`, args, [{ way, recorded }]);
    const { callers, ...fronts } = nodes;
    keepNodes(this, { ...callers[0], ...fronts } as InferenceApiNodes);
    this.url = urls.apply((all) => all[args.path] ?? "");
    const { id, value } = keyOf(nodes.rest?.apiKey);
    this.apiKeyId = id;
    this.apiKey = value;
    this.registerOutputs({ url: this.url, apiKeyId: id, apiKey: value });
  }

  get nodes(): InferenceApiNodes {
    return nodesOf(this);
  }
}

/** The key of an API as outputs: its id, and its value as a secret. */
export function keyOf(key: aws.apigateway.ApiKey | undefined): {
  readonly id: pulumi.Output<string | undefined>;
  readonly value: pulumi.Output<string | undefined>;
} {
  return key === undefined
    ? { id: pulumi.output<string | undefined>(undefined), value: pulumi.output<string | undefined>(undefined) }
    : { id: key.id, value: pulumi.secret(key.value) };
}

function checkInferenceApi(name: string, args: InferenceApiArgs): void {
  const problems = new Problems();
  checkArguments(inferenceApiChecks, args, "", problems);
  if (typeof args === "object" && args !== null) {
    const serving = servingOf(args.serving);
    checkApiRules(args, serving, "", problems);
    for (const key of ["inputLocation", "outputLocation", "failureLocation"] as const) {
      if ((serving === "async") !== (args[key] !== undefined)) {
        problems.add(
          key,
          serving === "async" ? 'is missing; it is required with serving "async"' : `is given, but not serving "async"; remove it`,
        );
      }
    }
  }
  problems.throwIfAny("InferenceApi", name);
}

/** Undefined for what is no kind. */
export function servingOf(serving: string | undefined): ServingKind | undefined {
  const given = serving ?? "realtime";
  return given === "realtime" || given === "serverless" || given === "async" ? given : undefined;
}

function wayOf(name: string, args: InferenceApiArgs): ModelWay {
  const serving = servingOf(args.serving) ?? "realtime";
  const mode = modeOf(serving, args.streaming);
  const { inputLocation, outputLocation, failureLocation } = args;
  return {
    name,
    path: args.path,
    model: args.model,
    serving,
    mode,
    endpointName: args.endpointName,
    places:
      serving === "async"
        ? pulumi.output({ input: inputLocation ?? "", output: outputLocation ?? "", failure: failureLocation ?? "" })
        : undefined,
    authorization: authorizationOf(args, mode === "stream" ? "AWS_IAM" : "NONE"),
    timeouts: mode === "stream" ? streamTimeouts(args.timeout) : apiTimeouts(args.timeout),
    settings: args,
    throttle: undefined,
  };
}
