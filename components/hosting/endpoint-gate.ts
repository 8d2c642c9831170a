import type { DescribeEndpointOutput } from "@aws-sdk/client-sagemaker";
import type { AwsClients } from "../aws/clients";
import { logLink } from "../aws/log-link";
import { logTail } from "../aws/log-tail";
import { type Clock, pollUntil } from "../aws/polling";
import { failureMessage } from "../errors/gate-error";

/** What the gate asks. */
export type GateClients = Pick<AwsClients, "sagemaker" | "logs">;

/** Statuses in which nothing more happens by itself. */
const settled = new Set(["InService", "Failed", "OutOfService", "UpdateRollbackFailed"]);

export function endpointLogGroup(endpointName: string): string {
  return `/aws/sagemaker/Endpoints/${endpointName}`;
}

/** An endpoint and the configuration it is to serve with. */
export interface WantedEndpoint {
  readonly endpointName: string;
  readonly configName: string;
  /** When the endpoint had last been changed before this deployment touched it, as `endpointBefore` told. */
  readonly changedBefore: string | undefined;
}

/** An endpoint as AWS describes it; undefined when there is none. */
export async function describeEndpoint(endpointName: string, { sagemaker }: GateClients): Promise<DescribeEndpointOutput | undefined> {
  const { DescribeEndpointCommand } = await import("@aws-sdk/client-sagemaker");
  try {
    return await sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpointName }));
  } catch (error) {
    if (error instanceof Error && error.name === "ValidationException") {
      return undefined;
    }
    throw error;
  }
}

/** An endpoint before a deployment touches it; empty when there is none. */
export interface EndpointBefore {
  /** When it was last changed. */
  readonly changed?: string | undefined;
  /** Configuration it serves with. */
  readonly live?: string | undefined;
}

/**
 * Waits until the endpoint is at rest: AWS neither updates nor deletes one that an update which was cut off, or its scaling, is still changing.
 */
export async function endpointBefore(
  endpointName: string,
  clients: GateClients,
  tell: (line: string) => void,
  clock: Clock,
): Promise<EndpointBefore> {
  const endpoint = await restingEndpoint(endpointName, clients, tell, clock);
  return { changed: endpoint?.LastModifiedTime?.toISOString(), live: endpoint?.EndpointConfigName };
}

/**
 * Proves that the endpoint serves with the wanted configuration. SageMaker rolls a failed update back by itself and is then InService again, with the
 * old configuration: without this proof the update would pass, and what still serves would be deleted. An endpoint that an earlier deployment left with
 * the old configuration, and that this one had no reason to touch, is moved over once more.
 *
 * @returns undefined when all is well, else the whole message of the failure
 */
export async function proveEndpoint(
  wanted: WantedEndpoint,
  clients: GateClients,
  tell: (line: string) => void,
  clock: Clock,
): Promise<string | undefined> {
  const { UpdateEndpointCommand } = await import("@aws-sdk/client-sagemaker");
  const { endpointName, configName, changedBefore } = wanted;
  let endpoint = await settle(endpointName, clients, tell, clock);
  const isUntouched = changedBefore !== undefined && endpoint.LastModifiedTime?.toISOString() === changedBefore;
  if (endpoint.EndpointStatus === "InService" && endpoint.EndpointConfigName !== configName && isUntouched) {
    tell(`endpoint ${endpointName}: trying ${configName} again`);
    await clients.sagemaker.send(new UpdateEndpointCommand({ EndpointName: endpointName, EndpointConfigName: configName }));
    endpoint = await settle(endpointName, clients, tell, clock);
  }
  const live = endpoint.EndpointConfigName;
  if (endpoint.EndpointStatus === "InService" && live === configName) {
    return undefined;
  }
  const sentence =
    endpoint.EndpointStatus === "InService"
      ? `endpoint ${endpointName} went back to what it served before (${live}) instead of ${configName}: ${reasonOf(endpoint)}`
      : `endpoint ${endpointName} is ${endpoint.EndpointStatus}: ${reasonOf(endpoint)}`;
  return await withLog(endpoint, endpointName, sentence, clients);
}

/** An endpoint as it is when nothing more happens to it by itself, which may have begun before this deployment; undefined when there is none, or none any more. */
export async function restingEndpoint(
  endpointName: string,
  clients: GateClients,
  tell: (line: string) => void,
  clock: Clock,
): Promise<DescribeEndpointOutput | undefined> {
  let told = "";
  return await pollUntil(
    () => describeEndpoint(endpointName, clients),
    (endpoint) => {
      const status = endpoint?.EndpointStatus ?? "";
      const isResting = endpoint === undefined || settled.has(status);
      if (!isResting && status !== told) {
        tell(`endpoint ${endpointName} is ${status} since before this deployment, which waits for the end of it`);
      }
      told = status;
      return isResting;
    },
    clock,
  );
}

/** Waits until nothing more happens to an endpoint by itself, and tells each change of its status meanwhile. */
async function settle(
  endpointName: string,
  { sagemaker }: GateClients,
  tell: (line: string) => void,
  clock: Clock,
): Promise<DescribeEndpointOutput> {
  const { DescribeEndpointCommand } = await import("@aws-sdk/client-sagemaker");
  let told = "";
  return await pollUntil(
    () => sagemaker.send(new DescribeEndpointCommand({ EndpointName: endpointName })),
    ({ EndpointStatus = "" }) => {
      if (EndpointStatus !== told && !settled.has(EndpointStatus)) {
        tell(`endpoint ${endpointName}: ${EndpointStatus}`);
      }
      told = EndpointStatus;
      return settled.has(EndpointStatus);
    },
    clock,
  );
}

/**
 * Says why the provider's own create or update of an endpoint failed. The provider gives up as soon as an endpoint is RollingBack; why, and what serves then,
 * is known once that is over.
 */
export async function explainEndpoint(
  endpointName: string,
  clients: GateClients,
  tell: (line: string) => void,
  clock: Clock,
): Promise<string> {
  const endpoint = await settle(endpointName, clients, tell, clock);
  const state = endpoint.EndpointStatus === "InService" ? `went back to ${endpoint.EndpointConfigName}` : `is ${endpoint.EndpointStatus}`;
  return await withLog(endpoint, endpointName, `endpoint ${endpointName} ${state}: ${reasonOf(endpoint)}`, clients);
}

/** AWS's words, and the alarms that were watched where they name none. */
function reasonOf({ FailureReason = "SageMaker gives no reason", LastDeploymentConfig }: DescribeEndpointOutput): string {
  const alarms = (LastDeploymentConfig?.AutoRollbackConfiguration?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
  const isNamed = alarms.length === 0 || alarms.some((alarm) => FailureReason.includes(alarm));
  return isNamed ? FailureReason : `${FailureReason} (alarms watched: ${alarms.join(", ")})`;
}

async function withLog(endpoint: DescribeEndpointOutput, endpointName: string, sentence: string, clients: GateClients): Promise<string> {
  const logGroup = endpointLogGroup(endpointName);
  return failureMessage({
    code: "SLIP-4101",
    sentence,
    // One stream, of the container that was started last: those that served before write to the same group, and more than it while they are asked.
    logTail: await logTail(clients.logs, { logGroup, prefix: "", streams: 1, latest: "begun", lines: 30 }),
    logPlace: `log group ${logGroup}`,
    logLink: logLink(endpoint.EndpointArn, logGroup),
  });
}
