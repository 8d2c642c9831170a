import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, test } from "vitest";
import { Platform, type PlatformArgs } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { promiseOf } from "../../support/promise-of";

interface HookRequest {
  getName(): string;
}

interface ResourceRequest {
  getType(): string;
  getHooks(): { getBeforeDeleteList(): string[] } | undefined;
}

/** The engine's side of a program, as far as hooks go. */
interface Monitor {
  registerResourceHook(request: HookRequest, done: (error: Error | null) => void): void;
  registerResource(request: ResourceRequest, done: unknown): Promise<void>;
}

/** Delete hooks of what a platform makes, by type; in an engine that takes hooks, or with a language host between that does not know them. */
async function hooksOf(args: PlatformArgs, knowsHooks = true): Promise<Record<string, string[]>> {
  await MockedEngine.start();
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const hooks: Record<string, string[]> = {};
  monitor.registerResourceHook = (_request, done) =>
    done(knowsHooks ? null : new Error("12 UNIMPLEMENTED: unknown method RegisterResourceHook"));
  const register = monitor.registerResource;
  monitor.registerResource = async (request, done) => {
    const names = request.getHooks()?.getBeforeDeleteList() ?? [];
    if (names.length > 0) hooks[request.getType()] = names;
    await register(request, done);
  };
  const { bucketName } = new Platform("shop", args);
  expect(await promiseOf(bucketName)).toBe("shop-artifacts-1a2b3c4");
  await MockedEngine.settled();
  return hooks;
}

describe("a destroy without a preview", () => {
  afterEach(() => MockedEngine.settled());
  const words = "shop is protected: protectData: false and pulumi up come before a destroy, and slipway destroy tells what would be lost";

  test("finds a delete hook on what is protected, whose name says what to do", async () => {
    expect(await hooksOf({ environment: "production" })).toEqual({
      "aws:s3/bucket:Bucket": [words],
      "aws:ecr/repository:Repository": [words],
    });
  });

  test("finds none where nothing is protected", async () => {
    expect(await hooksOf({})).toEqual({});
    expect(await hooksOf({ environment: "production", protectData: false })).toEqual({});
  });

  test("finds none where the language host knows no hooks; all is made as ever", async () => {
    expect(await hooksOf({ environment: "production" }, false)).toEqual({});
  });
});
