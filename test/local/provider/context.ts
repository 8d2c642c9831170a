import { resolve } from "node:path";
import { Clients } from "../../../local/provider/clients";
import type { Images } from "../../../local/provider/images";
import type { Context } from "../../../local/provider/spec";

/** What a test reads of the operations it ran. */
export interface TestContext extends Context {
  readonly lines: string[];
  readonly built: string[];
}

/** A context in front of the endpoint, whose image store gives each build the next digest. */
export function testContext(
  given: Partial<Pick<Context, "endpointUrl" | "region" | "defaultTags" | "urn" | "signal">> & { root?: string } = {},
): TestContext {
  const lines: string[] = [];
  const built: string[] = [];
  const told = new Set<string>();
  const endpointUrl = given.endpointUrl ?? "http://127.0.0.1:1";
  const images: Images = {
    build({ imageName }) {
      built.push(imageName);
      const repository = imageName.split(":")[0] ?? imageName;
      const digest = `sha256:${built.length}`;
      return Promise.resolve({ uri: `${repository}@${digest}`, repository, digest });
    },
  };
  const inRegion = (region: string): TestContext => ({
    clients: new Clients(endpointUrl, region),
    region,
    account: "000000000000",
    partition: "aws",
    endpointUrl,
    images,
    absolute: (path) => Promise.resolve(resolve(given.root ?? "/", path)),
    defaultTags: given.defaultTags ?? {},
    urn: given.urn ?? "urn:pulumi:test::project::aws:s3/bucket:Bucket::data",
    signal: given.signal ?? new AbortController().signal,
    info: (line, once) => {
      if (once === undefined || !told.has(once)) lines.push(line);
      if (once !== undefined) told.add(once);
      return Promise.resolve();
    },
    inRegion,
    lines,
    built,
  });
  return inRegion(given.region ?? "us-east-1");
}
