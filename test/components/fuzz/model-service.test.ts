import { inspect } from "node:util";
import { expect, test } from "vitest";
import { DeclarationError, type ModelServiceArgs } from "../../../components";
import { deploymentOf } from "../../../components/hosting/rollout";
import { servingSpec } from "../../../components/hosting/serving";
import { checkModelService } from "../../../components/model-service-args";
import { trainingSpec } from "../../../components/training/training-spec";
import { platform } from "../../support/platform";
import { Declarations, randomNumbers } from "./random-declaration";

/** Another one with SLIPWAY_FUZZ_SEED. */
const seed = Number(process.env.SLIPWAY_FUZZ_SEED ?? "20261121");
const count = 10_000;

/** What becomes of a declaration: its faults, or none. */
function outcome(args: ModelServiceArgs): "valid" | "faulty" {
  try {
    checkModelService("iris", args);
  } catch (error) {
    if (error instanceof DeclarationError && error.declarations.every(({ faults }) => faults.length > 0)) return "faulty";
    throw error;
  }
  const spec = servingSpec(args);
  deploymentOf(spec);
  // `null` is how other languages leave an argument out.
  if (args.training !== undefined && args.training !== null) trainingSpec(args.training);
  return "valid";
}

/** A declaration that is right, but for one random argument and one of its endpoint. */
function almostValid({ realtime, ...others }: Record<string, unknown>): Record<string, unknown> {
  const one = (given: unknown) => Object.fromEntries(Object.entries(given ?? {}).slice(-1));
  return { image: `a@sha256:${"5".repeat(64)}`, ...one(others), realtime: { instanceType: "ml.m5.large", ...one(realtime) } };
}

test(`${count} random declarations (seed ${seed}) are each valid or have their faults told, and none makes the checks themselves fail`, () => {
  const declarations = new Declarations(randomNumbers(seed));
  const outcomes = { valid: 0, faulty: 0 };
  const crashes: string[] = [];
  for (let index = 0; index < count && crashes.length < 10; index++) {
    const wild = declarations.of("ModelService", ["realtime"]);
    const args = { ...(index % 2 === 0 ? wild : almostValid(wild)), platform } as ModelServiceArgs;
    try {
      outcomes[outcome(args)]++;
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      crashes.push(
        `seed ${seed}, declaration ${index}: ${stack.split("\n").slice(0, 4).join(" | ")}\n${inspect(args, { depth: 8, breakLength: 160, maxStringLength: 60 })}`,
      );
    }
  }
  expect(crashes).toEqual([]);
  expect(outcomes.valid + outcomes.faulty).toBe(count);
  // Neither all refused nor all taken: the checks were reached, and so were the specs behind them.
  expect([outcomes.valid > 20, outcomes.faulty > 1000], JSON.stringify(outcomes)).toEqual([true, true]);
});
