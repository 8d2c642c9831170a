import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rules } from "../../policy/index";
import { packageRoot } from "../../tools/package-root";
import { ProjectCopy } from "../bench/project-copy";

const own = packageRoot();
const { version } = JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as { version: string };

/** What `npm pack` makes of this tree, built from it anew, in a project that has nothing else of it. Third-party packages are this repository's. */
describe("the published package", { timeout: 240_000 }, () => {
  let folder: string;
  let consumer: string;
  let shipped: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "slipway-package-"));
    const copy = new ProjectCopy(own);
    const build = `
      import { buildBundles, buildLibrary } from "./tools/build.mjs";
      await buildBundles(process.cwd(), ["cli", "daemon"], () => undefined);
      buildLibrary(process.cwd());`;
    execFileSync(process.execPath, ["--input-type=module", "-e", build], { cwd: copy.root, stdio: ["ignore", "inherit", "inherit"] });
    // What a working tree has besides, and a package must not.
    copy.write("dist/test.js", "");
    copy.write("container/src/slipway_kit/__pycache__/log.cpython-311.pyc", "");
    const packed = npm(copy.root, "pack", "--ignore-scripts", "--json", "--pack-destination", folder);
    const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
    shipped = files.map(({ path }) => path).sort();
    copy.remove();
    consumer = join(folder, "consumer");
    install(join(folder, filename), consumer);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function node(file: string, text: string): unknown {
    writeFileSync(join(consumer, file), text);
    return JSON.parse(execFileSync(process.execPath, [file], { cwd: consumer, encoding: "utf8" }));
  }

  it("holds the library, the command, the container kit and the Pulumi plugin, and nothing of this project's own program, models or tests", () => {
    expect(
      shipped.filter((path) => !/^(dist\/lib|container\/src\/slipway_kit|local\/console\/assets|cli\/templates)\//.test(path)),
    ).toEqual([
      "LICENSE",
      "README.md",
      "cli/slipway.js",
      "client/python/slipway_client.py",
      "components/provider/pulumi-resource-slipway",
      "container/Dockerfile",
      "container/pyproject.toml",
      "container/requirements.txt",
      "dist/cli.js",
      "dist/daemon.js",
      "local/functions/host.cjs",
      "local/ministack/alarm_states.py",
      "local/ministack/function_workers.py",
      "local/ministack/launch.py",
      "local/ministack/s3_body.py",
      "local/ministack/s3_checksums.py",
      "local/ministack/s3_files.py",
      "local/ministack/s3_multipart.py",
      "local/ministack/s3_requests.py",
      "local/ministack/s3_spool.py",
      "local/ministack/s3_uploads.py",
      "local/ministack/token_signatures.py",
      "package.json",
      "schema.json",
      "tools/pulumi/engine/go.mod",
      "tools/pulumi/engine/go.sum",
      "tools/pulumi/hosts/go.mod",
      "tools/pulumi/hosts/go.sum",
      "tools/python/requirements-local.txt",
      "tools/python/requirements-uv.txt",
    ]);
    expect([...new Set(shipped.filter((path) => path.startsWith("dist/lib/")).map((path) => path.split("/")[2]))]).toEqual([
      "client",
      "components",
      "policy",
    ]);
    expect(shipped.filter((path) => /\.(map|pyc)$|(?<!\.d)\.ts$/.test(path))).toEqual([]);
    const kit = execFileSync("git", ["ls-files", "container/src", "cli/templates"], { cwd: own, encoding: "utf8" }).trim().split("\n");
    expect(shipped).toEqual(expect.arrayContaining(kit.filter((path) => existsSync(join(own, path)))));
  });

  it("is imported as an ES module, by name", () => {
    const text = `
      import { ModelService, Platform } from "slipway";
      import { SlipwayClient } from "slipway/client";
      import { rules, snsEncrypted } from "slipway/policy";
      console.log(JSON.stringify([ModelService.name, Platform.name, SlipwayClient.name, rules.length, snsEncrypted.name]));`;
    expect(node("import.mjs", text)).toEqual(["ModelService", "Platform", "SlipwayClient", rules.length, "sns-encrypted"]);
  });

  it("is required as CommonJS, and what it does not export cannot be", () => {
    const text = `
      const { ModelService, Platform } = require("slipway");
      const { SlipwayClient } = require("slipway/client");
      const { rules } = require("slipway/policy");
      let inner;
      try { require("slipway/dist/lib/components/component"); } catch (error) { inner = error.code; }
      console.log(JSON.stringify([ModelService.name, Platform.name, SlipwayClient.name, rules.length, inner]));`;
    expect(node("require.cjs", text)).toEqual(["ModelService", "Platform", "SlipwayClient", rules.length, "ERR_PACKAGE_PATH_NOT_EXPORTED"]);
  });

  it.each([
    ["nodenext", "nodenext"],
    ["commonjs", "node10"],
  ])(
    "has types for a program compiled to %s with the module resolution %s, and they refuse a misspelt argument",
    (module, moduleResolution) => {
      const program = `
      import { type ModelDescription, ModelService, Platform } from "slipway";
      import { SlipwayClient } from "slipway/client";
      import { rules } from "slipway/policy";
      const platform = new Platform("platform", {});
      new ModelService("iris", { platform, code: "models/iris", realtime: { instanceType: "ml.m5.large" } });
      // @ts-expect-error
      new ModelService("rose", { platform, code: "models/rose", realtime: { instanceTyp: "ml.m5.large" } });
      export const described: ModelDescription["endpointName"] = "iris";
      export const names: string[] = rules.map(({ name }) => name);
      export const Client: typeof SlipwayClient = SlipwayClient;
    `;
      const compilerOptions = {
        module,
        moduleResolution,
        target: "es2022",
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        types: ["node"],
      };
      writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
      writeFileSync(join(consumer, "program.ts"), program);
      expect(tsc(consumer)).toBe("");
    },
  );

  it("has the slipway command, which runs from the bundles alone", () => {
    const slipway = (...args: string[]) => npm(consumer, "exec", "--offline", "--", "slipway", ...args);
    expect(slipway("--version")).toBe(`${version}\n`);
    expect(slipway("--help")).toContain("bring the local platform up");
    expect(slipway("explain", "SLIP-2101")).toContain("Training failed");
  });

  it("has the Pulumi plugin, which serves the schema of every component", async () => {
    const plugin = spawn(
      process.execPath,
      [join(consumer, "node_modules/slipway/components/provider/pulumi-resource-slipway"), "127.0.0.1:1"],
      {
        cwd: consumer,
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    try {
      const port = await new Promise<string>((settle, fail) => {
        createInterface({ input: plugin.stdout }).once("line", settle);
        plugin.once("exit", (code) => fail(new Error(`the plugin ended with ${code}`)));
      });
      const { ResourceProviderClient } = require("@pulumi/pulumi/proto/provider_grpc_pb") as {
        ResourceProviderClient: new (address: string, credentials: grpc.ChannelCredentials) => Record<string, unknown> & grpc.Client;
      };
      const { GetSchemaRequest } = require("@pulumi/pulumi/proto/provider_pb") as { GetSchemaRequest: new () => unknown };
      const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      const ask = <T>(method: string, request: unknown) =>
        new Promise<T>((settle, fail) =>
          (client[method] as (request: unknown, done: (error: Error | null, reply: T) => void) => void).call(
            client,
            request,
            (error, reply) => (error === null ? settle(reply) : fail(error)),
          ),
        );
      const info = await ask<{ getVersion(): string }>("getPluginInfo", new Empty());
      expect(info.getVersion()).toBe(version);
      const schema = JSON.parse((await ask<{ getSchema(): string }>("getSchema", new GetSchemaRequest())).getSchema()) as {
        resources: object;
      };
      expect(Object.keys(schema.resources)).toContain("slipway:index:ModelService");
      client.close();
    } finally {
      plugin.kill();
    }
  });
});

function npm(cwd: string, ...args: string[]): string {
  return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function tsc(cwd: string): string {
  try {
    return execFileSync(process.execPath, [join(own, "node_modules/typescript/bin/tsc"), "-p", "."], { cwd, encoding: "utf8" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

/** What `npm install <tarball>` leaves, without asking a registry: the unpacked package, its command, and its dependencies beside it. */
function install(tarball: string, project: string): void {
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "slipway"), { recursive: true });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", version: "1.0.0", private: true }));
  execFileSync("tar", ["-xzf", tarball, "-C", join(modules, "slipway"), "--strip-components=1"]);
  for (const entry of readdirSync(join(own, "node_modules"))) {
    if (!entry.startsWith(".") && entry !== "slipway") symlinkSync(join(own, "node_modules", entry), join(modules, entry));
  }
  npm(project, "rebuild", "--offline", "--ignore-scripts", "slipway");
}
