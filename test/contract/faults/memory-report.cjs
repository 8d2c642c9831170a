// Preloaded into a daemon (NODE_OPTIONS): on SIGUSR2 it collects its garbage and writes what it holds, in bytes, to SLIPWAY_MEMORY_REPORT.
const { renameSync, writeFileSync } = require("node:fs");
const { setFlagsFromString } = require("node:v8");
const { runInNewContext } = require("node:vm");

const path = process.env.SLIPWAY_MEMORY_REPORT;
if (path !== undefined && process.argv[1]?.endsWith("daemon.js")) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  let count = 0;
  process.on("SIGUSR2", () => {
    // What the first round lets go is freed by the next ones.
    collect();
    setImmediate(() => {
      collect();
      const { rss, heapUsed, external } = process.memoryUsage();
      writeFileSync(`${path}.new`, JSON.stringify({ count: ++count, rss, held: heapUsed + external }));
      renameSync(`${path}.new`, path);
    });
  });
}
