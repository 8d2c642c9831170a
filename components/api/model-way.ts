import type * as pulumi from "@pulumi/pulumi";
import type { ServingKind } from "../hosting/serving";
import type { ApiSettings, RouteSettings } from "./api-args";
import { type Authorization, authorizationOf, type FrontTimeouts } from "./operations";
import type { CallMode, QueuePlaces } from "./policies";

/** The way from callers to one model, with all that does not depend on the kind of front. */
export interface ModelWay {
  /** What the names of its resources begin with. */
  readonly name: string;
  readonly path: string;
  readonly model: string;
  readonly serving: ServingKind;
  readonly mode: CallMode;
  readonly endpointName: pulumi.Input<string>;
  /** Prefixes of an asynchronous model. */
  readonly places: pulumi.Output<QueuePlaces> | undefined;
  readonly authorization: Authorization;
  readonly timeouts: Pick<FrontTimeouts, "modelMilliseconds" | "lambda">;
  readonly settings: RouteSettings;
  /** Limits of this way alone; those of the API when left out. */
  readonly throttle: Pick<ApiSettings, "requestsPerSecond" | "burst"> | undefined;
}

/** How an asynchronous or another model is asked. */
export function modeOf(serving: ServingKind, streaming: boolean | undefined): CallMode {
  return serving === "async" ? "submit" : streaming === true ? "stream" : "invoke";
}

/** Who may call a model of an API: as the way says, or the API as a whole. */
export function wayAuthorization(own: string | undefined, settings: ApiSettings): Authorization {
  const common = authorizationOf(settings);
  return own === "NONE" || own === "AWS_IAM" || own === "JWT" ? own : common;
}
