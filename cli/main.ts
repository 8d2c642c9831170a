import { runProgram } from "./program";

// The SDK's notice about old Node versions would stand between the answer and its reader.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

void runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  onInterrupt: (listener) => {
    process.on("SIGINT", listener);
    process.on("SIGTERM", listener);
    process.on("SIGHUP", listener);
  },
}).then((exitCode) => {
  process.exitCode = exitCode;
  // Idle keep-alive connections must not hold the prompt back; output is given the time to leave first.
  process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));
});
