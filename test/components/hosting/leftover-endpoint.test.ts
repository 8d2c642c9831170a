import { describe, expect, test } from "vitest";
import type { AwsClients } from "../../../components/aws/clients";
import { removeLeftover } from "../../../components/hosting/leftover-endpoint";

const clock = { now: () => 0, sleep: () => Promise.resolve() };

/** What is done to an endpoint of that configuration, which goes through these states, one per look, and is then gone. */
async function removed(
  configName: string | undefined,
  ...statuses: readonly string[]
): Promise<{ readonly done: string[]; readonly told: string[] }> {
  const [done, told, left]: [string[], string[], string[]] = [[], [], [...statuses]];
  const send = async ({ constructor: { name } }: object): Promise<object> => {
    done.push(name);
    const EndpointStatus = name === "DescribeEndpointCommand" ? left.shift() : "";
    if (EndpointStatus === undefined) throw Object.assign(new Error("Could not find endpoint"), { name: "ValidationException" });
    return { EndpointStatus, EndpointConfigName: "made" };
  };
  await removeLeftover("shop-iris", configName, { sagemaker: { send } } as unknown as AwsClients, (line) => told.push(line), clock);
  return { done, told };
}

describe("an endpoint that was being made when a deployment was cut off", () => {
  const look = "DescribeEndpointCommand";

  test("is deleted once AWS has done with making it, and that is told", async () => {
    expect(await removed("made", "Creating", "Creating", "InService", "Deleting")).toEqual({
      done: [look, look, look, "DeleteEndpointCommand", look, look],
      told: [
        "endpoint shop-iris was being made when an earlier deployment was cut off, and is not in the stack's state: it is deleted and made anew",
      ],
    });
  });

  test("that somebody deletes meanwhile is only waited for", async () => {
    expect((await removed("made", "Creating", "Deleting")).done).toEqual([look, look, look, look]);
  });

  test.each(["other", undefined])("is none when the stack's state has the configuration %s: nothing is done to it", async (configName) => {
    expect(await removed(configName, "InService")).toEqual({ done: [look], told: [] });
  });

  test("is none when there is no endpoint of that name", async () => {
    expect(await removed("made")).toEqual({ done: [look], told: [] });
  });
});
