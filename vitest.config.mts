import { defineConfig } from "vitest/config";

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
          include: ["test/contract/**/*.test.ts"],
          globalSetup: ["test/contract/support/traffic-checker.ts"],
          setupFiles: ["test/contract/support/traffic-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // Each file has daemons and folders of its own, and waits for them most of the time.
          maxWorkers: 2,
        },
      },
      {
        test: { name: "engine", include: ["test/engine/**/*.test.ts"], testTimeout: 300_000, hookTimeout: 600_000, fileParallelism: false },
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
