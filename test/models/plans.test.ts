import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Platform } from "../../components";
import { packageFolder } from "../../components/component";
import { readConfig } from "../../infra/config";
import { createModels } from "../../infra/models";
import { createPlatform } from "../../infra/platform";
import { whisper } from "../../models/whisper/service";
import { FakeAws } from "../support/fake-aws";
import { MockedEngine } from "../support/mocks";

// What each model's declaration plans on AWS, reviewed like code. `UPDATE_GOLDEN=1 npx vitest run --project unit test/models/plans.test.ts` writes it anew.

const root = packageFolder();

interface Planned {
  readonly type: string;
  readonly name: string;
  readonly inputs: unknown;
}

/** Inputs as they are worth reading: without what content is hashed to, and with files named as the project knows them. */
function readable(value: unknown): unknown {
  const isFiles: boolean = pulumi.asset.Asset.isInstance(value) || pulumi.asset.Archive.isInstance(value);
  if (isFiles) return "<files>";
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value === "object" && value !== null) {
    const known = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(known.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, readable(member)]));
  }
  return typeof value === "string" ? plain(value) : value;
}

function plain(text: string): string {
  if (/^\{.*\}$/s.test(text)) return JSON.stringify(readable(JSON.parse(text)));
  return text
    .replaceAll(root, "<project>")
    .replace(/(?<![0-9a-z])[0-9a-f]{8,64}(?![0-9a-z])/g, (digits) => (/^(\d{9}|\d{12})$/.test(digits) ? digits : "<hash>"));
}

/** The plan of a model of the project's list, or of what `declare` makes of it. */
async function planOf(model: string, engine: MockedEngine, declare?: (platform: Platform) => unknown): Promise<Planned[]> {
  pulumi.runtime.setAllConfig({ "slipway:models": JSON.stringify([model]), "aws:region": "eu-central-1" });
  const config = readConfig();
  const platform = createPlatform(config);
  if (declare === undefined) createModels(platform, config);
  else declare(platform);
  await MockedEngine.settled();
  return engine.registered
    .filter(({ type, name }) => !type.startsWith("pulumi:") && (name === model || name.startsWith(`${model}-`)))
    .map(({ type, name, inputs }) => ({ type, name, inputs: readable(inputs) }))
    .sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
}

describe("the plan on AWS", () => {
  let aws: FakeAws;
  let engine: MockedEngine;
  // Images are staged below the project's folder: one of its own, as other tests stage the same models meanwhile.
  const project = mkdtempSync(join(tmpdir(), "slipway-plans-"));
  beforeAll(async () => {
    symlinkSync(join(root, "models"), join(project, "models"));
    vi.spyOn(process, "cwd").mockReturnValue(project);
    aws = await FakeAws.start();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    rmSync(project, { recursive: true, force: true });
    await aws.stop();
  });
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test.each(["iris", "reviews", "summarise", "translation", "whisper"])("of %s is as reviewed", async (model) => {
    compare(model, await planOf(model, engine));
  });

  test("of whisper with its published weights is on a GPU, from an image with CUDA, and trains nothing", async () => {
    const plan = await planOf("whisper", engine, (platform) => whisper(platform, "large"));
    compare("whisper-large", plan);
    expect(plan.filter(({ type }) => /trainingJob|channels/i.test(type))).toEqual([]);
  });
});

function compare(name: string, planned: readonly Planned[]): void {
  const path = join(__dirname, "__golden__", `${name}.json`);
  const plan = `${JSON.stringify(planned, null, 2)}\n`;
  if (process.env.UPDATE_GOLDEN !== undefined) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, plan);
  }
  expect(existsSync(path), `${relative(root, path)}: write it with UPDATE_GOLDEN=1`).toBe(true);
  expect(JSON.parse(plan)).toEqual(JSON.parse(readFileSync(path, "utf8")));
}
