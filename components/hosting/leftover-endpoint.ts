import type { AwsClients } from "../aws/clients";
import { type Clock, pollUntil } from "../aws/polling";
import { describeEndpoint, restingEndpoint } from "./endpoint-gate";

/**
 * Deletes an endpoint that an earlier deployment was making when it was cut off, so that it can be made: Pulumi does not know it, hence would not delete it
 * either, and AWS makes no second one of its name. It serves the configuration that the stack's state has for it, whose name nothing else has; any other
 * endpoint of that name is left alone, and AWS then says that it exists.
 *
 * @param made name of the configuration in the stack's state
 */
export async function removeLeftover(
  endpointName: string,
  made: string | undefined,
  clients: AwsClients,
  tell: (line: string) => void,
  clock: Clock,
): Promise<void> {
  const found = await describeEndpoint(endpointName, clients);
  if (found === undefined || made === undefined || found.EndpointConfigName !== made) {
    return;
  }
  tell(
    `endpoint ${endpointName} was being made when an earlier deployment was cut off, and is not in the stack's state: it is deleted and made anew`,
  );
  const { DeleteEndpointCommand } = await import("@aws-sdk/client-sagemaker");
  if ((await restingEndpoint(endpointName, clients, () => undefined, clock)) !== undefined) {
    await clients.sagemaker.send(new DeleteEndpointCommand({ EndpointName: endpointName }));
  }
  await pollUntil(
    () => describeEndpoint(endpointName, clients),
    (endpoint) => endpoint === undefined,
    clock,
  );
}
