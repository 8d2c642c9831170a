import { describe, expect, it } from "vitest";
import { differences, sameValue } from "../../../local/provider/diff";
import { Archive, Asset, UNKNOWN, type Value, type Values } from "../../../local/provider/values";

const rule = { replaces: ["name", "deploymentConfig.autoRollbackConfiguration"] };

describe("a difference", () => {
  it("is found at its path, with whether it was added, taken away or changed", () => {
    const olds = { name: "a", size: 1, tags: { team: "ml", old: "1" } };
    const news = { name: "a", size: 2, tags: { team: "ai", "a b": "2" }, note: "n" };
    expect(differences(olds, news, rule)).toEqual([
      { path: "note", kind: "add", replaces: false },
      { path: "size", kind: "update", replaces: false },
      { path: 'tags["a b"]', kind: "add", replaces: false },
      { path: "tags.old", kind: "delete", replaces: false },
      { path: "tags.team", kind: "update", replaces: false },
    ]);
  });

  it("replaces the resource when its property cannot be changed in place", () => {
    expect(differences({ name: "a" }, { name: "b" }, rule)).toEqual([{ path: "name", kind: "update", replaces: true }]);
  });

  it("of a value not known yet counts as a change, and replaces where a change would", () => {
    expect(differences({ name: "a" }, { name: UNKNOWN }, rule)).toEqual([{ path: "name", kind: "update", replaces: true }]);
    expect(differences({ note: "a" }, { note: UNKNOWN }, rule)).toEqual([{ path: "note", kind: "update", replaces: false }]);
  });

  it("inside a block replaces when the block comes or goes whole", () => {
    const news = { deploymentConfig: { autoRollbackConfiguration: { alarms: [{ alarmName: "x" }] } } };
    expect(differences({}, news, rule)).toEqual([{ path: "deploymentConfig", kind: "add", replaces: true }]);
    const without = { deploymentConfig: { blueGreenUpdatePolicy: { terminationWaitInSeconds: 5 } } };
    expect(differences({}, without, rule)).toEqual([{ path: "deploymentConfig", kind: "add", replaces: false }]);
  });

  it("inside a list names the member, and the rule covers all members", () => {
    const variants = (instanceType: string): Values => ({ productionVariants: [{ modelName: "m" }, { instanceType }] });
    expect(differences(variants("a"), variants("b"), { replaces: ["*"], inPlace: ["tags"] })).toEqual([
      { path: "productionVariants[1].instanceType", kind: "update", replaces: true },
    ]);
    expect(differences({ tags: { a: "1" } }, {}, { replaces: ["*"], inPlace: ["tags"] })).toEqual([
      { path: "tags", kind: "delete", replaces: false },
    ]);
  });

  it("of what the rule or the program ignores is none", () => {
    const olds = { registry: { server: "s", password: "1" } };
    const news = { registry: { server: "s", password: "2" } };
    expect(differences(olds, news, { replaces: [], ignored: ["registry.password"] })).toEqual([]);
    expect(differences({ size: 1 }, { size: 2 }, rule, ["size"])).toEqual([]);
  });

  it("of the list of automatic names is none", () => {
    expect(differences({ __defaults: [] }, { __defaults: ["name"] }, rule)).toEqual([]);
  });
});

describe("two values are the same", () => {
  it.each([
    ["absent and empty", undefined, {}],
    ["absent and false", undefined, false],
    ["a number and its text", 1, "1"],
    ["JSON in another order", '{"a":1,"b":[{"c":2}]}', '{ "b": [{"c":2}], "a": 1 }'],
    ["assets of the same content", new Asset({ hash: "h", path: "a" }), new Asset({ hash: "h" })],
    ["archives of the same content", new Archive({ hash: "h", path: "a" }), new Archive({ hash: "h", assets: {} })],
  ])("%s", (_title, left, right) => {
    expect(sameValue(left, right)).toBe(true);
  });

  it.each<[string, Value | undefined, Value | undefined]>([
    ["absent and zero, which is a weight", undefined, 0],
    ["JSON with another value", '{"a":1}', '{"a":2}'],
    ["text that only looks like JSON", "{a}", "{b}"],
    ["assets of other content", new Asset({ hash: "h" }), new Asset({ hash: "i" })],
    ["lists in another order", ["a", "b"], ["b", "a"]],
    ["two unknowns", UNKNOWN, UNKNOWN],
  ])("not: %s", (_title, left, right) => {
    expect(sameValue(left, right)).toBe(false);
  });
});
