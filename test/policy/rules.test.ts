import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rules } from "../../policy/index";
import { packageRoot } from "../../tools/package-root";
import { iam } from "./fixtures/iam";
import { sagemaker } from "./fixtures/sagemaker";
import { services } from "./fixtures/services";
import { storage } from "./fixtures/storage";
import { faultsOf, resource } from "./verdict";

const fixtures = { ...sagemaker, ...iam, ...storage, ...services };
const folder = join(packageRoot(), "policy");

describe("the pack", () => {
  it("has a fixture for every rule, and no other", () => {
    expect(Object.keys(fixtures).sort()).toEqual(rules.map(({ name }) => name).sort());
  });

  it("has every rule that there is a file of, one in each", () => {
    const files = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== "node_modules")
      .flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => readFileSync(join(folder, name, file), "utf8")));
    const named = files.map((text) => [...text.matchAll(/^ {2}name: "([\w-]+)",$/gm)].map(([, name]) => name));
    expect(named.every((names) => names.length <= 1)).toBe(true);
    expect(named.flat().sort()).toEqual(rules.map(({ name }) => name).sort());
  });

  it("names ids of public catalogues in their own form, for all but what no catalogue has", () => {
    const known =
      /^(Security Hub \w+\.\d+|AWS Config [a-z-]+|checkov CKV2?_AWS_\d+|Prowler [a-z0-9_]+|cdk-nag AwsSolutions-\w+|Trivy [a-z_]+)$/;
    expect(rules.flatMap(({ controls }) => controls).filter((id) => !known.test(id))).toEqual([]);
    expect(rules.filter(({ controls }) => controls.length === 0).map(({ name }) => name)).toEqual([
      "network-endpoints-private-dns",
      "sagemaker-domain-private",
      "sagemaker-image-by-digest",
    ]);
  });

  it("refuses whatever is critical, and describes every rule", () => {
    const critical = rules.filter(({ severity }) => severity === "critical");
    expect(critical.filter(({ enforcementLevel }) => enforcementLevel !== "mandatory")).toEqual([]);
    for (const { description } of rules) expect(description).toMatch(/\.$/);
  });

  it("says nothing about resources of other types", async () => {
    const queue = resource("aws:sqs/queue:Queue", { policy: "not JSON", environment: { PASSWORD: "hunter2" } });
    for (const rule of rules) expect(await faultsOf(rule, [queue])).toEqual([]);
  });
});

describe.each(rules.map((rule) => [rule.name, rule] as const))("%s", (name, rule) => {
  const { passing = [], failing = [], faults = [] } = fixtures[name] ?? {};
  const ids = rule.controls.length === 0 ? "" : ` [${rule.controls.join(", ")}]`;

  it("accepts what is as it should be", async () => {
    expect(passing.length).toBeGreaterThan(0);
    expect(await faultsOf(rule, passing)).toEqual([]);
  });

  it("refuses what is not, and names property, cure and ids", async () => {
    expect(faults.length).toBeGreaterThan(0);
    expect(await faultsOf(rule, failing)).toEqual(faults.map((fault) => fault + ids));
  });

  it("lets it be when that is waived", async () => {
    const waivers = [{ resource: "*", reason: "fixture of this test", expires: "9999-12-31" }];
    expect(await faultsOf(rule, failing, { waivers })).toEqual([]);
  });
});
