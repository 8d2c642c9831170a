import { afterEach, expect, test, vi } from "vitest";
import { Sessions } from "../../../local/runtime/sessions";
import { StubHost } from "./support/stub-runtime";

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([-86_400_000, 86_400_000])("a session lives as long as its container says, though the machine's clock jumps by %i ms", (jump) => {
  let steady = 1_000;
  const sessions = new Sessions(() => steady);
  const host = new StubHost();
  const instance = host.add("http://127.0.0.1:9");
  const live = host.asEndpointHost().find(undefined as never, "e");
  const made = { "x-amzn-sagemaker-new-session-id": `s1; Expires=${new Date(Date.now() + 60_000).toISOString().slice(0, 19)}Z` };
  sessions.note(made, "arn", { variantName: "primary", instance: instance.id } as never);
  const now = Date.now();
  vi.spyOn(Date, "now").mockReturnValue(now + jump);
  const found = () => (live === undefined ? undefined : sessions.find("s1", live)?.instance.id);
  steady += 50_000;
  expect(found()).toBe(instance.id);
  steady += 20_000;
  expect(found()).toBeUndefined();
});
