import { parseDuration, seconds, show } from "../arguments";
import type { Problems } from "../errors/problems";
import { givesKey } from "../platform/platform-exports";
import type { RealtimeArgs } from "./endpoint-spec";
import { checkVolumeKey } from "./volume-key";

/** Rules between a real-time endpoint and what is around it; each only when that is known. */
export function checkRealtimeContent(
  { realtime, platform }: { readonly realtime?: RealtimeArgs; readonly platform: unknown },
  problems: Problems,
): void {
  if (typeof realtime === "object" && realtime !== null && givesKey(platform)) {
    checkVolumeKey(realtime, "realtime", problems);
  }
}

/** Variable by which a container is told how long a prediction may take, in seconds. */
const modelTime = "SAGEMAKER_MODEL_SERVER_TIMEOUT";

/** A caller of an API waits half a minute when nothing else is said: a prediction that may take longer would be lost to it. Streamed answers have more time. */
export function checkModelTime(environment: unknown, api: unknown, problems: Problems): void {
  const given = memberOf(environment, modelTime);
  const timeout = memberOf(api, "timeout");
  const longest = seconds(typeof timeout === "string" && parseDuration(timeout) !== undefined ? timeout : undefined, 29);
  if (memberOf(api, "streaming") !== true && typeof given === "string" && Number(given) > longest) {
    problems.add(
      `environment.${modelTime}`,
      `got ${show(given)}, and callers of the API wait ${longest} seconds; let a prediction take less, or serve with async`,
    );
  }
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
