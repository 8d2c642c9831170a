import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import {
  amount,
  type Check,
  checkArguments,
  closestName,
  count,
  duration,
  flag,
  instanceType,
  list,
  map,
  oneOf,
  parseDuration,
  required,
  s3Uri,
  show,
  text,
} from "../../../components/arguments";
import { Problems } from "../../../components/errors/problems";

function faults(check: Check, value: unknown): string[] {
  const problems = new Problems();
  check(value, "at", problems);
  return problems.faults.map(({ path, reason }) => `${path}: ${reason}`);
}

describe("a span of time", () => {
  test.each([
    ["90s", 90],
    ["30m", 1800],
    ["2h", 7200],
    ["1d", 86_400],
    ["0s", 0],
  ])("%s is %i seconds", (written, seconds) => {
    expect(parseDuration(written)).toBe(seconds);
  });

  test.each(["2 h", "h", "2", "1.5h", "-1h", "2H", "2h30m", ""])("%j is none", (written) => {
    expect(parseDuration(written)).toBeUndefined();
  });

  test("outside its range is refused with the range", () => {
    expect(faults(duration("60s", "1h"), "2h")).toEqual(['at: got "2h"; allowed is 60s to 1h']);
    expect(faults(duration("60s", "1h"), "59s")).toEqual(['at: got "59s"; allowed is 60s to 1h']);
    expect(faults(duration("60s", "1h"), "60s")).toEqual([]);
  });
});

describe("the closest name", () => {
  test.each([
    ["instancetype", "instanceType"],
    ["maxRunTime", "maxRuntime"],
    ["chanels", "channels"],
    ["spto", undefined],
    ["serverless", undefined],
  ])("to %s is %s", (given, closest) => {
    expect(closestName(given, ["instanceType", "maxRuntime", "channels", "realtime"])).toBe(closest);
  });
});

describe("a value", () => {
  test.each<[string, Check, unknown]>([
    ["a count", count(1, 3), 3],
    ["a count of zero, where zero is allowed", count(0, 3), 0],
    ["an amount", amount(0, 1), 0.5],
    ["a flag", flag, false],
    ["one of", oneOf("IAM", "SSO"), "SSO"],
    ["an instance type", instanceType, "ml.g5.12xlarge"],
    ["an instance type of a family with a hyphen", instanceType, "ml.p4de-flex.24xlarge"],
    ["an S3 URI", s3Uri, "s3://bucket/key"],
    ["a list", list(flag), [true, false]],
    ["a map", map(text()), { a: "b" }],
    ["an empty map", map(text()), {}],
  ])("that fits (%s) has no fault", (_kind, check, value) => {
    expect(faults(check, value)).toEqual([]);
  });

  test.each<[string, Check, unknown, string]>([
    ["a count", count(1, 3), 4, "at: got 4; allowed is a whole number from 1 to 3"],
    ["a fraction", count(1, 3), 1.5, "at: got 1.5; allowed is a whole number from 1 to 3"],
    ["a number as text", count(1, 3), "2", 'at: got "2"; allowed is a whole number from 1 to 3'],
    ["not a number", amount(0, 1), Number.NaN, "at: got null; allowed is a number from 0 to 1"],
    ["text for a flag", flag, "true", 'at: got "true"; expected true or false'],
    ["a misspelt choice", oneOf("IAM", "SSO"), "SS0", 'at: got "SS0"; allowed are IAM, SSO; did you mean SSO?'],
    ["an empty text", text(), "", 'at: got ""; expected a text that is not empty'],
    ["a long text", text({ max: 2 }), "abc", 'at: got 3 characters ("abc"); at most 2 are allowed'],
    ["an instance type without ml.", instanceType, "m5.large", 'at: got "m5.large"; allowed is ml.<family>.<size>, such as "ml.m5.large"'],
    ["an https URL for an S3 URI", s3Uri, "https://bucket/key", 'at: got "https://bucket/key"; allowed is s3://<bucket>/<key>'],
    ["no list", list(flag), {}, "at: got {}; expected a list"],
    ["an entry of a list", list(flag), [true, 1], "at[1]: got 1; expected true or false"],
    ["too many entries", list(flag, { max: 1 }), [true, true], "at: has 2 entries; allowed are 0 to 1"],
    ["a list for a map", map(text()), [], "at: got []; expected names with values"],
    ["an entry of a map", map(text()), { a: 1 }, 'at.a: got 1; expected a text that is not empty: write it in quotes, "1"'],
    ["a function", text(), () => 1, 'at: got "function"; expected a text that is not empty'.replace('"function"', "function")],
  ])("that does not fit (%s) is named with what was given and what is allowed", (_kind, check, value, fault) => {
    expect(faults(check, value)).toEqual([fault]);
  });
});

describe("arguments", () => {
  interface Sample {
    name: string;
    size?: pulumi.Input<number>;
  }
  const sample = { name: required(text()), size: count(1, 3) };
  function faultsOf(given: unknown): string[] {
    const problems = new Problems();
    checkArguments<Sample>(sample, given, "", problems);
    return problems.faults.map(({ path, reason }) => `${path}: ${reason}`);
  }

  test("that are unknown, missing and wrong are all reported", () => {
    expect(faultsOf({ nam: "x", size: 9 })).toEqual([
      "nam: is not an argument; did you mean name? (allowed are name, size)",
      "name: is missing; it is required",
      "size: got 9; allowed is a whole number from 1 to 3",
    ]);
  });

  test("that are known later are left to AWS", () => {
    expect(faultsOf({ name: "x", size: pulumi.output(9) })).toEqual([]);
    expect(faultsOf({ name: "x", size: Promise.resolve(9) })).toEqual([]);
  });

  test("left out as undefined or null count as left out", () => {
    expect(faultsOf({ name: "x", size: undefined })).toEqual([]);
    expect(faultsOf({ name: null, size: null })).toEqual(["name: is missing; it is required"]);
  });

  test("that are no object are refused", () => {
    expect(faultsOf("x")).toEqual(['args: got "x"; expected an object with name, size']);
    expect(faultsOf(undefined)).toEqual(["args: got nothing; expected an object with name, size"]);
  });
});

test("a value that another resource tells later is shown as such", () => {
  expect([show(pulumi.output("x")), show(Promise.resolve("x")), show("x")]).toEqual([
    "a value that is known later",
    "a value that is known later",
    '"x"',
  ]);
});

test("a value that has no JSON, such as one that contains itself, is shown by its type", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect([show(circle), show([10n]), show(10n)]).toEqual(["object", "object", "bigint"]);
});
