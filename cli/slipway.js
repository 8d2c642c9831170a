#!/usr/bin/env node
// The `slipway` command. In a checkout it first rebuilds bundles whose sources have changed; a published package has them built.

const { existsSync } = require("node:fs");
const { join } = require("node:path");
const { enableCompileCache } = require("node:module");

const root = join(__dirname, "..");

async function main() {
  enableCompileCache?.();
  if (existsSync(join(root, "cli", "main.ts"))) {
    if (!existsSync(join(root, "node_modules", "esbuild"))) {
      process.stderr.write("Slipway's packages are not installed yet: run `npm start` (or `npm ci`) in the project first.\n");
      process.exitCode = 3;
      return;
    }
    const { buildBundles } = await import("../tools/build.mjs");
    await buildBundles(root, ["cli", "daemon"], () => undefined);
  }
  require("../dist/cli.js");
}

main().catch((error) => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exitCode = 1;
});
