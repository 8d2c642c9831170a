import { afterEach, describe, expect, test } from "vitest";
import { Platform, type PlatformArgs } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { promiseOf, refusalOf } from "../../support/promise-of";

const withStudio: PlatformArgs = { network: {}, studio: { users: ["ada"] } };

async function protectedBy(args: PlatformArgs): Promise<string[]> {
  const engine = await MockedEngine.start();
  await promiseOf(new Platform("shop", args).bucketName);
  await MockedEngine.settled();
  return engine.registered
    .filter(({ options }) => options.protect)
    .map(({ type, name }) => `${type} ${name}`)
    .sort();
}

describe("what holds data", () => {
  afterEach(() => MockedEngine.settled());

  test("is protected with the key that the platform makes, without which nothing can be read", async () => {
    expect(await protectedBy({ encryption: "managed", environment: "production" })).toEqual([
      "aws:ecr/repository:Repository shop-models",
      "aws:kms/key:Key shop-key",
      "aws:s3/bucket:Bucket shop-artifacts",
    ]);
  });

  test("is protected on a production platform: bucket, images and the domain with its home directories", async () => {
    expect(await protectedBy({ ...withStudio, studio: { users: ["ada"], homeFileSystem: "Retain" }, environment: "production" })).toEqual([
      "aws:ecr/repository:Repository shop-models",
      "aws:s3/bucket:Bucket shop-artifacts",
      "aws:sagemaker/domain:Domain shop-studio",
    ]);
  });

  test("is not protected otherwise, unless it is asked for; and not on one that gives it up", async () => {
    expect(await protectedBy(withStudio)).toEqual([]);
    expect(await protectedBy({ ...withStudio, environment: "development" })).toEqual([]);
    expect(await protectedBy({ protectData: true })).toEqual([
      "aws:ecr/repository:Repository shop-models",
      "aws:s3/bucket:Bucket shop-artifacts",
    ]);
    expect(await protectedBy({ environment: "production", protectData: false, forceDestroy: true })).toEqual([]);
  });

  test("of Studio's users is kept or deleted with its domain as production says; there is no default", async () => {
    expect(refusalOf(() => new Platform("shop", { ...withStudio, environment: "production" }))).toContain(
      'studio.homeFileSystem: is missing; in production it is chosen: "Retain" keeps the home directories when the domain goes, and with them the subnets; "Delete" deletes them',
    );
    const retention = async (args: PlatformArgs) => {
      const engine = await MockedEngine.start();
      await promiseOf(new Platform("shop", args).bucketName);
      await MockedEngine.settled();
      return engine.one("aws:sagemaker/domain:Domain").inputs.retentionPolicy;
    };
    const studio = { users: ["ada"], homeFileSystem: "Delete" };
    expect(await retention({ network: {}, studio, environment: "production" })).toEqual({ homeEfsFileSystem: "Delete" });
    expect(await retention(withStudio)).toEqual({ homeEfsFileSystem: "Retain" });
  });

  test("cannot be protected and deleted with all it holds", () => {
    expect(refusalOf(() => new Platform("shop", { environment: "production", forceDestroy: true }))).toContain(
      "forceDestroy: got true together with environment production, where data is protected; to destroy it, add protectData: false",
    );
    expect(refusalOf(() => new Platform("shop", { environment: "prod" }))).toContain(
      'environment: got "prod"; allowed are production, development',
    );
  });
});
