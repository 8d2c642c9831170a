// What `npm start`, `npm test` and the other scripts run. It works before anything is installed, so it uses Node alone:
// it checks Node, installs the packages when they are missing or out of date, rebuilds stale bundles, and hands over.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const say = (line) => process.stderr.write(`${line}\n`);

/** A machine that cannot run Slipway; exit code 3, as every `slipway` verb uses for the environment. */
class Unfit extends Error {}

/** Each verb: the bundles it needs, and which of them runs in this very process (so that signals and exit codes are its own) with which first arguments. */
const verbs = {
  start: { bundles: ["cli", "daemon"], run: "cli", args: ["local", "up"] },
  test: { bundles: ["test"], run: "test", args: [] },
  check: { bundles: ["test"], run: "test", args: ["lint"] },
  audit: { bundles: ["audit"], run: "audit", args: [] },
  licences: { bundles: ["licences"], run: "licences", args: [] },
  bench: { bundles: ["cli", "daemon", "bench"], run: "bench", args: [] },
  build: { bundles: ["cli", "daemon"], run: undefined, args: [] },
};

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 12)) return;
  throw new Unfit(
    `Slipway needs Node 20.12 or newer; this is Node ${process.versions.node}. Install a current Node (https://nodejs.org) and run again.`,
  );
}

function lockStamp() {
  const lock = readFileSync(join(root, "package-lock.json"));
  const node = process.versions.node.split(".")[0];
  return createHash("sha256").update(lock).update(`${node} ${process.platform} ${process.arch}`).digest("hex");
}

/** True when what npm itself recorded as installed is what the lock file asks for, so that someone's own `npm install` is not done twice. */
function installedMatchesLock() {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record) || !existsSync(join(root, "node_modules", "@esbuild", `${process.platform}-${process.arch}`))) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || (installed[path] === undefined ? entry.optional === true : installed[path].version === entry.version),
  );
}

function npmCommand() {
  const beside = [
    join(dirname(process.execPath), "../lib/node_modules/npm/bin/npm-cli.js"),
    join(dirname(process.execPath), "node_modules/npm/bin/npm-cli.js"),
  ];
  const script = [process.env.npm_execpath, ...beside].find((path) => path?.endsWith("npm-cli.js") && existsSync(path));
  return script === undefined ? { command: "npm", args: [] } : { command: process.execPath, args: [script] };
}

async function installPackages() {
  const stampFile = join(root, "node_modules", ".slipway-installed");
  const stamp = lockStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return;
  if (!installedMatchesLock()) await npmCi();
  writeFileSync(stampFile, stamp);
}

async function npmCi() {
  const log = join(root, ".slipway", "logs", "npm-ci.log");
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, "w");
  const npm = npmCommand();
  // `npm --silent test` must not silence the log that explains a failure.
  const env = { ...process.env, npm_config_loglevel: "notice" };
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  say("Installing Node packages (npm ci)");
  const ticker = setInterval(() => say(`  still installing: ${seconds()} s`), 15_000);
  const code = await new Promise((settle) => {
    const child = spawn(npm.command, [...npm.args, "ci"], { cwd: root, stdio: ["ignore", output, output], env });
    child.on("error", (error) => settle(error.message));
    child.on("exit", (status, signal) => settle(signal ?? status));
  });
  clearInterval(ticker);
  closeSync(output);
  if (code !== 0) {
    const tail = readFileSync(log, "utf8").trimEnd().split("\n").slice(-20).join("\n  ");
    throw new Unfit(
      `npm ci failed (${code}). Its last lines:\n  ${tail}\nThe whole log: ${log}\nCheck the network and the npm registry settings (npm config list), then run again.`,
    );
  }
  say(`  installed in ${seconds()} s`);
}

async function main() {
  const [verb = "", ...rest] = process.argv.slice(2);
  const action = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (action === undefined) throw new Unfit(`Unknown verb "${verb}". Use one of: ${Object.keys(verbs).join(", ")}.`);
  checkNode();
  await installPackages();
  const { buildBundles, buildLibrary } = await import("./build.mjs");
  await buildBundles(root, action.bundles, say);
  if (action.run === undefined) return buildLibrary(root);
  const bundle = join(root, "dist", `${action.run}.js`);
  process.argv = [process.execPath, bundle, ...action.args, ...rest];
  createRequire(import.meta.url)(bundle);
}

main().catch((error) => {
  say(error instanceof Unfit ? error.message : (error?.stack ?? String(error)));
  process.exitCode = error instanceof Unfit ? 3 : 1;
});
