import { defineConfig } from "vitest/config";

/** Files of the contract suite that look at nothing but AWS's APIs: they run in the account that SLIPWAY_CONTRACT_TARGET names, too. */
const portable = ["invoke-endpoint", "lists-and-tags", "model-data", "model-packages"].map((name) => `test/contract/${name}.test.ts`);
const elsewhere = process.env.SLIPWAY_CONTRACT_TARGET !== undefined;

/** `unit` needs nothing but Node; `contract` starts the local AWS endpoint; `engine` runs the real Pulumi CLI against it; `browser` needs Chromium; `docker` needs a Docker engine. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/{components,infra,client,cli,local,policy,safety,tools,models}/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          maxWorkers: "100%",
        },
      },
      {
        test: {
          name: "contract",
          include: elsewhere ? portable : ["test/contract/**/*.test.ts"],
          globalSetup: ["test/contract/support/traffic-checker.ts"],
          setupFiles: ["test/contract/support/traffic-setup.ts"],
          testTimeout: elsewhere ? 3_600_000 : 120_000,
          hookTimeout: elsewhere ? 3_600_000 : 300_000,
          // Each file has daemons and folders of its own, and waits for them most of the time. An account has one of each name.
          maxWorkers: elsewhere ? 1 : 2,
        },
      },
      {
        // Each file has a platform and stacks of its own.
        test: { name: "engine", include: ["test/engine/**/*.test.ts"], testTimeout: 300_000, hookTimeout: 600_000, maxWorkers: 2 },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: { name: "docker", include: ["test/docker/**/*.test.ts"], testTimeout: 900_000, hookTimeout: 900_000, fileParallelism: false },
      },
    ],
  },
});
