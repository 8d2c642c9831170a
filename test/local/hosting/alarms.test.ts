import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { afterEach, expect, test, vi } from "vitest";
import { CloudWatchAlarms } from "../../../local/hosting/alarms";

afterEach(() => {
  vi.restoreAllMocks();
});

test("the state of an alarm that CloudWatch does not have lasts until it is cleared, as a reset does", async () => {
  vi.spyOn(CloudWatchClient.prototype, "send").mockImplementation(async () => ({ MetricAlarms: [], CompositeAlarms: [] }));
  const alarms = new CloudWatchAlarms("http://127.0.0.1:9", () => undefined);
  expect(await alarms.set("us-east-1", "errors", "ALARM")).toBe("local");
  expect(await alarms.raised("us-east-1", ["errors", "other"])).toEqual(["errors"]);
  alarms.clear();
  expect(await alarms.raised("us-east-1", ["errors", "other"])).toEqual([]);
});
