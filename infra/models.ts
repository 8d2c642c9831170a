import type * as pulumi from "@pulumi/pulumi";
import { DeclarationError, type ModelDescription, type ModelService, type Platform } from "../components";
import { closestName } from "../components/arguments";
import { Problems } from "../components/errors/problems";
import iris from "../models/iris/service";
import reviews from "../models/reviews/service";
import summarise from "../models/summarise/service";
import translation from "../models/translation/service";
import whisper from "../models/whisper/service";
import type { Config } from "./config";

/** Every model of the project; `models/<name>/service.ts` declares it. */
const declarations: Readonly<Record<string, (platform: Platform) => ModelService>> = { iris, reviews, summarise, translation, whisper };

/** Declares the models of this stack and returns what clients need of each. Faults of all models are reported together. */
export function createModels(platform: Platform, { models }: Config): Record<string, pulumi.Output<ModelDescription>> {
  const described: Record<string, pulumi.Output<ModelDescription>> = {};
  const faulty: DeclarationError[] = [];
  for (const name of chosen(models)) {
    try {
      const declared = declarations[name]?.(platform);
      if (declared !== undefined) {
        described[name] = declared.outputs;
      }
    } catch (error) {
      if (!(error instanceof DeclarationError)) {
        throw error;
      }
      faulty.push(error);
    }
  }
  if (faulty.length > 0) {
    throw new DeclarationError(faulty.flatMap((error) => error.declarations));
  }
  return described;
}

function chosen(models: string[] | undefined): string[] {
  const known = Object.keys(declarations);
  const problems = new Problems();
  (models ?? []).forEach((name, index) => {
    if (!known.includes(name)) {
      const closest = closestName(name, known);
      problems.add(
        `models[${index}]`,
        `got "${name}"; ${closest === undefined ? "" : `did you mean ${closest}? `}models of this project are ${known.join(", ")}`,
      );
    }
  });
  problems.throwIfAny("Stack configuration", "slipway:models");
  return models ?? known;
}
