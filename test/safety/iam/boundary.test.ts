import { expect, it } from "vitest";
import { everythingPlanned } from "../checkov/plan";

it("a permissions boundary given to the platform is on every role that the library makes", async () => {
  const roles = (await everythingPlanned()).filter(({ type }) => type === "aws:iam/role:Role");
  expect(roles.length).toBeGreaterThanOrEqual(8);
  expect(
    roles.filter(({ inputs }) => inputs.permissionsBoundary !== "arn:aws:iam::123456789012:policy/boundary").map(({ name }) => name),
  ).toEqual([]);
});
