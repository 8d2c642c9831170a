import { AsyncLocalStorage } from "node:async_hooks";
import type * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { errorHook } from "../../../components/errors/error-hook";

const engine = new AsyncLocalStorage<string>();
const told: unknown[] = [];

/** As in Pulumi's SDK: which engine is spoken to depends on the component that is being made. */
vi.mock("@pulumi/pulumi", async (original) => {
  const sdk = await original<typeof pulumi>();
  class ErrorHook {
    readonly __registered = Promise.resolve();
    constructor(
      readonly name: string,
      readonly callback: pulumi.ErrorHookFunction,
    ) {}
  }
  const log = { ...sdk.log, error: async (message: string) => told.push([engine.getStore(), message]) };
  return { ...sdk, ErrorHook, log, runtime: { ...sdk.runtime, getMonitor: () => ({ registerErrorHook: () => undefined }) } };
});

test("what an error hook says goes to the engine of the component it was made in, from wherever the hook is called", async () => {
  const parent = {} as pulumi.Resource;
  const { transformation, settled } = engine.run("the component's", () => errorHook("explain", parent, async () => "SLIP-4101 why"));
  await settled;
  const bound = transformation({ type: "t", name: "n", props: {}, opts: {}, resource: parent });
  const [hook] = (bound?.opts.hooks?.onError ?? []) as pulumi.ErrorHook[];
  expect(await hook?.callback({} as pulumi.ErrorHookArgs)).toBe(false);
  expect(told).toEqual([["the component's", "SLIP-4101 why"]]);
});
