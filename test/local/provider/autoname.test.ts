import { describe, expect, it } from "vitest";
import { allTags, deletesFirst, isAutonamed, named } from "../../../local/provider/autoname";
import { UNKNOWN } from "../../../local/provider/values";

const rule = { property: "name", maxLength: 20 };
const request = { logicalName: "iris", seed: new Uint8Array([1, 2, 3]) };

describe("automatic names", () => {
  it("are the logical name and seven hex digits, the same for the same seed", () => {
    const first = named({}, {}, rule, request);
    expect(first.name).toMatch(/^iris-[0-9a-f]{7}$/);
    expect(named({}, {}, rule, request)).toEqual(first);
    expect(named({}, {}, rule, { ...request, seed: new Uint8Array([4]) }).name).not.toBe(first.name);
  });

  it("stay as they were while the resource lives", () => {
    const olds = { name: "iris-0000000", __defaults: ["name"] };
    expect(named({}, olds, rule, request)).toEqual({ name: "iris-0000000", __defaults: ["name"] });
  });

  it("do not keep a name that the program once gave and gives no more", () => {
    expect(named({}, { name: "given", __defaults: [] }, rule, request).name).toMatch(/^iris-[0-9a-f]{7}$/);
  });

  it("give way to the name the program gives, also while it is unknown", () => {
    expect(named({ name: "mine" }, {}, rule, request)).toEqual({ name: "mine", __defaults: [] });
    expect(named({ name: UNKNOWN }, {}, rule, request)).toEqual({ name: UNKNOWN, __defaults: [] });
  });

  it("start with a given prefix, and are made anew when it changes", () => {
    const olds = named({ namePrefix: "one-" }, {}, rule, request);
    expect(olds.name).toMatch(/^one-[0-9a-f]{7}$/);
    expect(named({ namePrefix: "one-" }, olds, rule, request).name).toBe(olds.name);
    expect(named({ namePrefix: "two-" }, olds, rule, request).name).toMatch(/^two-[0-9a-f]{7}$/);
  });

  it("are in small letters where AWS asks for it, and start as AWS asks for it", () => {
    const bucket = { property: "bucket", maxLength: 63, lowercase: true };
    expect(named({}, {}, bucket, { ...request, logicalName: "MyData" }).bucket).toMatch(/^mydata-[0-9a-f]{7}$/);
    expect(named({}, {}, { ...rule, prefix: "alias/" }, request).name).toMatch(/^alias\/iris-[0-9a-f]{7}$/);
  });

  it("are refused when they would be too long, saying what to do", () => {
    expect(() => named({}, {}, rule, { ...request, logicalName: "a-rather-long-name" })).toThrow(
      "the name a-rather-long-name is too long to be made unique: 18 characters, at most 12; shorten it or give name",
    );
  });

  it("follow the stack's own autonaming configuration", () => {
    expect(named({}, {}, rule, { ...request, configured: { mode: "propose", name: "dev-iris" } }).name).toBe("dev-iris");
    expect(() => named({}, {}, rule, { ...request, configured: { mode: "disable", name: "" } })).toThrow("give name of iris");
  });

  it("are not made for a type that has none", () => {
    expect(named({ bucket: "data" }, {}, undefined, request)).toEqual({ bucket: "data", __defaults: [] });
  });
});

describe("a replacement", () => {
  it("deletes first only when the program named the resource", () => {
    expect(deletesFirst({ name: "mine", __defaults: [] }, rule)).toBe(true);
    expect(deletesFirst({ name: "iris-0000000", __defaults: ["name"] }, rule)).toBe(false);
    expect(deletesFirst({ name: "mine", __defaults: [] }, undefined)).toBe(false);
  });

  it("knows which names were automatic", () => {
    expect(isAutonamed({ name: "x", __defaults: ["name"] }, "name")).toBe(true);
    expect(isAutonamed({ name: "x" }, "name")).toBe(false);
  });
});

describe("tags", () => {
  it("are the provider's default ones overlaid by the resource's own", () => {
    expect(allTags({ tags: { team: "ml", tier: "2" } }, { team: "platform", env: "dev" })).toEqual({ team: "ml", tier: "2", env: "dev" });
    expect(allTags({}, {})).toEqual({});
  });
});
