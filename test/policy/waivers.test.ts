import { describe, expect, it } from "vitest";
import { networkSubnetsPrivate, snsEncrypted } from "../../policy/index";
import { waiving } from "../../policy/waivers";
import { faultsOf, resource } from "./verdict";

const urn = "urn:pulumi:prod::shop::slipway:index:NotificationTopics$aws:sns/topic:Topic::iris-topics-error";
const topic = { name: "iris-topics-error", urn };
const waiver = { resource: "iris-topics-error", reason: "messages carry nothing secret", expires: "2026-12-31" };

describe("a waiver", () => {
  it.each([
    ["its name", "iris-topics-error"],
    ["a part of its name", "iris-*"],
    ["its URN", urn],
    ["its type in the URN", "*aws:sns/topic:Topic::*"],
  ])("holds for the resource it names by %s", (_, pattern) => {
    expect(waiving([{ ...waiver, resource: pattern }], topic, "2026-11-21")).toEqual({ waived: true, notes: [] });
  });

  it.each(["iris", "iris.topics.error", "", "IRIS-TOPICS-ERROR"])("does not hold for another one (%j)", (pattern) => {
    expect(waiving([{ ...waiver, resource: pattern }], topic, "2026-11-21")).toEqual({ waived: false, notes: [] });
  });

  it("holds to the end of its last day, then says that it has expired", () => {
    expect(waiving([waiver], topic, "2026-12-31").waived).toBe(true);
    expect(waiving([waiver], topic, "2027-01-01")).toEqual({ waived: false, notes: ["Its waiver expired on 2026-12-31."] });
  });

  it("does not hold without a reason, and says so", () => {
    expect(waiving([{ ...waiver, reason: "  because " }], topic, "2026-11-21")).toEqual({
      waived: false,
      notes: ["A waiver for it has no reason of ten characters or more, and does not count."],
    });
  });

  it.each(["", "soon", "2026-13-45", "31.12.2026"])("does not hold when it does not say until when (%j)", (expires) => {
    expect(waiving([{ ...waiver, expires }], topic, "2026-11-21")).toEqual({
      waived: false,
      notes: [`A waiver for it expires on "${expires}", which is no date such as "2027-03-31", and does not count.`],
    });
  });

  it("that holds is enough beside others that do not", () => {
    expect(waiving([{ ...waiver, expires: "2020-01-01" }, waiver], topic, "2026-11-21").waived).toBe(true);
  });

  it("leaves other resources of the rule as they are, and its own note stands beside the fault", async () => {
    const topics = ["one", "two"].map((name) => resource("aws:sns/topic:Topic", {}, { name }));
    const waivers = [
      { ...waiver, resource: "one", expires: "9999-12-31" },
      { ...waiver, resource: "two", expires: "2020-01-01" },
    ];
    expect(await faultsOf(snsEncrypted, topics, { waivers })).toEqual([
      'two: kmsMasterKeyId is not set; give a key, or "alias/aws/sns". [checkov CKV_AWS_26] Its waiver expired on 2020-01-01.',
    ]);
  });

  it("is part of what a policy configuration may say of every rule", () => {
    expect(networkSubnetsPrivate.configSchema?.properties.waivers).toMatchObject({
      type: "array",
      items: { required: ["resource", "reason", "expires"] },
    });
  });
});
