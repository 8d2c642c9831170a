import { catalogue } from "../components/errors/catalogue";
import { SlipwayError } from "../components/errors/slipway-error";
import { type Daemon, startDaemon } from "./daemon";
import { parseDaemonOptions } from "./daemon-options";
import { startProvider } from "./provider";

// The AWS SDK prints a warning about Node 20 at every start; the log is for what happens here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

/** Signals that mean: stop cleanly. A second one does not cut the stop short; killing does. */
const stopSignals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

async function main(): Promise<void> {
  let daemon: Daemon | undefined;
  let stopWanted = false;
  const stop = (): void => {
    // A signal that comes while the daemon starts takes effect when there is something to stop in order.
    stopWanted = true;
    void daemon?.stop();
  };
  for (const signal of stopSignals) {
    process.on(signal, stop);
  }
  const crash = (error: unknown): void => {
    process.stderr.write(`SLIP-5099 ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = catalogue["SLIP-5099"].exitCode;
    stop();
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  daemon = await startDaemon({ ...parseDaemonOptions(process.argv.slice(2), process.env), startProvider });
  if (stopWanted) {
    await daemon.stop();
  }
  await daemon.stopped;
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    const known = error instanceof SlipwayError ? error : undefined;
    const lines = known === undefined ? [`SLIP-5004 ${String(error)}`] : [`${known.code} ${known.message}`, ...known.details];
    process.stderr.write(`${lines.join("\n")}\n`);
    process.exit(catalogue[known?.code ?? "SLIP-5004"].exitCode);
  },
);
