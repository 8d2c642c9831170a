import { expect, test } from "vitest";
import { mayChange } from "../../local/front/proxy";

const json = (operation: string) => ({ method: "POST", url: "/", headers: { "x-amz-target": `Logs_20140328.${operation}` } });
const rpc = (operation: string) => ({
  method: "POST",
  url: `/service/GraniteServiceVersion20100801/operation/${operation}`,
  headers: { "smithy-protocol": "rpc-v2-cbor" },
});

test.each([
  ["an object that is read", { method: "GET", url: "/bucket/key", headers: {} }],
  ["the head of one", { method: "HEAD", url: "/bucket/key", headers: {} }],
  ["alarms that are described", rpc("DescribeAlarms")],
  ["log lines that are read", json("GetLogEvents")],
])("%s changes nothing that has to be written", (_, request) => {
  expect(mayChange(request)).toBe(false);
});

test.each([
  ["an object that is put", { method: "PUT", url: "/bucket/key", headers: {} }],
  ["an alarm that is put", rpc("PutMetricAlarm")],
  ["log lines that are put", json("PutLogEvents")],
  ["an object called as an operation that reads", { method: "POST", url: "/service/a/operation/GetIt", headers: {} }],
  ["a form whose operation is in its body", { method: "POST", url: "/", headers: {} }],
])("%s may change something", (_, request) => {
  expect(mayChange(request)).toBe(true);
});
