import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeclarationError, ModelService, type ModelServiceArgs, Platform, type PlatformArgs } from "../../components";
import { LikelyDeclarations, pathsOf } from "../components/fuzz/likely-declaration";
import { Declarations, randomNumbers } from "../components/fuzz/random-declaration";
import type { FakeAws } from "../local/provider/fake-aws";
import { FakeAws as AnsweringAws } from "../support/fake-aws";
import { MockedEngine } from "../support/mocks";
import { platform } from "../support/platform";
import { requestsOf, startAnsweringAws } from "./support/planned-requests";
import { type AwsRequest, requestFaults } from "./support/requests-checked";

/** Another one with SLIPWAY_FUZZ_SEED. */
const seed = Number(process.env.SLIPWAY_FUZZ_SEED ?? "20261121");
const count = 10_000;

interface Declaration {
  readonly component: "ModelService" | "Platform";
  readonly args: Record<string, unknown>;
}

/** Mostly what nobody would write, as only that finds what nobody thought of; and three in a hundred that somebody could, which take twenty times as long. */
function declaration(index: number, wild: Declarations, likely: LikelyDeclarations): Declaration {
  const component = index % 5 === 4 ? "Platform" : "ModelService";
  if (index % 100 >= 97) return { component, args: likely.of(component) };
  const args = wild.of(component, ["realtime"]);
  if (component === "Platform") return { component, args };
  return { component, args: { ...(index % 2 === 0 ? args : almostValid(args)), platform } };
}

/** A declaration that is right, but for one random argument and one of its endpoint. */
function almostValid({ realtime, ...others }: Record<string, unknown>): Record<string, unknown> {
  const one = (given: unknown) => Object.fromEntries(Object.entries(given ?? {}).slice(-1));
  return { image: `a@sha256:${"5".repeat(64)}`, ...one(others), realtime: { instanceType: "ml.m5.large", ...one(realtime) } };
}

describe(`${count} random declarations (seed ${seed})`, { timeout: 600_000 }, () => {
  const told = { valid: 0, faulty: 0 };
  const wrong: string[] = [];
  const requests: AwsRequest[] = [];
  const taken = new Set<string>();
  let aws: FakeAws;
  let answering: AnsweringAws;

  beforeAll(async () => {
    aws = await startAnsweringAws();
    answering = await AnsweringAws.start();
    const random = randomNumbers(seed);
    const wild = new Declarations(random);
    const likely = new LikelyDeclarations(random);
    let engine = await MockedEngine.start();
    for (let index = 0; index < count && wrong.length < 10; index++) {
      const { component, args } = declaration(index, wild, likely);
      try {
        if (component === "Platform") new Platform("shop", args as PlatformArgs);
        else new ModelService("iris", args as unknown as ModelServiceArgs);
        await MockedEngine.settled();
        requests.push(...(await requestsOf(engine.registered, aws)));
        told.valid++;
        for (const path of pathsOf(args)) taken.add(`${component}.${path}`);
        engine = await MockedEngine.start();
      } catch (error) {
        const isTold = error instanceof DeclarationError && error.declarations.every(({ faults }) => faults.length > 0);
        if (isTold && engine.registered.length === 0) told.faulty++;
        else {
          wrong.push(`declaration ${index}: ${reason(error)}, with ${engine.registered.length} planned\n${component} ${shown(args)}`);
          engine = await MockedEngine.start();
        }
      }
    }
  }, 600_000);
  afterAll(async () => {
    await answering?.stop();
    await aws?.stop();
  });

  it("are each planned, or have all their faults told and nothing planned", () => {
    expect(wrong).toEqual([]);
    expect(told.valid + told.faulty).toBe(count);
    expect([told.valid > 150, told.faulty > 5000], JSON.stringify(told)).toEqual([true, true]);
  });

  it("ask AWS, when they are planned, for nothing that its published service models refuse", async () => {
    expect(await requestFaults(requests)).toEqual([]);
    expect([...new Set(requests.map(({ operation }) => operation))].sort()).toEqual([
      "CreateDomain",
      "CreateEndpoint",
      "CreateEndpointConfig",
      "CreateModel",
      "CreateTrainingJob",
      "CreateUserProfile",
      "PutScalingPolicy",
      "PutScheduledAction",
      "RegisterScalableTarget",
    ]);
  });

  it("are planned with every part of a declaration among them", () => {
    const parts = [
      "training",
      "realtime.variants",
      "realtime.rollout",
      "realtime.shadow",
      "serverless",
      "async",
      "build",
      "code",
      "framework",
      "api",
    ];
    const ofPlatform = ["encryption", "accessLogs", "scan", "network.egress", "network.endpoints", "network.flowLogs", "studio"];
    const wanted = [...parts.map((part) => `ModelService.${part}`), ...ofPlatform.map((part) => `Platform.${part}`)];
    expect(wanted.filter((part) => !taken.has(part))).toEqual([]);
  });
});

function reason(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" | ") : String(error);
}

function shown(args: unknown): string {
  return inspect(args, { depth: 8, breakLength: 160, maxStringLength: 60 });
}
