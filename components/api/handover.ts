import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Clock, systemClock } from "../aws/polling";
import type { RecordedResource } from "../recorded-state";

/**
 * How long calls of the endpoint before may still be under way once the function knows another: as long as a function that began them may run. 0 when it is
 * the same endpoint.
 *
 * @param recorded the function in the stack's state; undefined when it is new
 */
export function secondsOfOldCalls(recorded: RecordedResource | undefined, endpointName: string): number {
  const { environment, timeout } = recorded?.outputs ?? {};
  const before = memberOf(memberOf(environment, "variables"), "SLIPWAY_ENDPOINT_NAME");
  return typeof before !== "string" || before === endpointName ? 0 : typeof timeout === "number" ? timeout : 29;
}

/**
 * Waits until no call of the endpoint before is under way. That endpoint is deleted when the program ends, so whoever makes an output of the program wait
 * for this one loses no call. Previews do not wait.
 */
export function handedOver(
  lambda: aws.lambda.Function,
  recorded: pulumi.Output<RecordedResource | undefined>,
  endpointName: pulumi.Input<string>,
  clock: Clock = systemClock,
): pulumi.Output<void> {
  return pulumi.all([lambda.id, recorded, endpointName]).apply(async ([, known, name]) => {
    const seconds = secondsOfOldCalls(known, name);
    if (seconds > 0 && !pulumi.runtime.isDryRun()) {
      await pulumi.log.info(`calls go to ${name} now; waiting ${seconds} s for those under way before the endpoint before it goes`, lambda);
      await clock.sleep(seconds * 1000);
    }
  });
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}
