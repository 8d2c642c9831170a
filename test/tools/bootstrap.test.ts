import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../tools/package-root";
import { scratchFolder } from "./scratch";

/** A checkout in which nothing is installed yet, with programs of a line each and an npm whose `ci` does what the test says. */
class Checkout {
  readonly root = scratchFolder();
  private readonly npm = join(this.root, "npm", "npm-cli.js");

  constructor(npmCi: string) {
    for (const file of ["tools/run.mjs", "tools/build.mjs", "cli/slipway.js"]) cpSync(join(packageRoot(), file), join(this.root, file));
    this.write("package.json", JSON.stringify({ name: "slipway" }));
    this.write("package-lock.json", JSON.stringify({ packages: { "": {}, "node_modules/some": { version: "1.0.0" } } }));
    this.write("cli/main.ts", "console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;\n");
    this.write("local/daemon-main.ts", "export {};\n");
    this.write("npm/npm-cli.js", `require("fs").appendFileSync(__dirname + "/calls", process.argv[2] + "\\n"); ${npmCi}`);
  }

  /** An `npm ci` that works: it links the esbuild that these tests run with. */
  static readonly installs = `
    const fs = require("fs"), path = require("path"), root = path.join(__dirname, "..");
    fs.rmSync(path.join(root, "node_modules"), { recursive: true, force: true });
    fs.mkdirSync(path.join(root, "node_modules"));
    for (const name of ["esbuild", "@esbuild"]) fs.symlinkSync(path.join(${JSON.stringify(packageRoot())}, "node_modules", name), path.join(root, "node_modules", name));`;

  write(path: string, text: string): void {
    mkdirSync(join(this.root, path, ".."), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  run(...args: string[]) {
    const env = { ...process.env, npm_execpath: this.npm };
    return spawnSync(process.execPath, args, { cwd: this.root, env, encoding: "utf8", input: "" });
  }

  npmCalls(): string[] {
    return readFileSync(join(this.root, "npm", "calls"), "utf8")
      .trim()
      .split("\n");
  }
}

describe("npm start in a fresh checkout", () => {
  it("installs, builds, and runs `slipway local up` with its exit code", () => {
    const checkout = new Checkout(Checkout.installs);
    const { stdout, stderr, status } = checkout.run("tools/run.mjs", "start", "--port", "5000");
    expect(stdout).toBe('["local","up","--port","5000"]\n');
    expect(status).toBe(7);
    expect(stderr).toMatch(/^Installing Node packages \(npm ci\)\n {2}installed in \d+ s\nBuilt cli, daemon in [\d.]+ s\n$/);
  });

  it("does neither again until the lock file or a source changes", () => {
    const checkout = new Checkout(Checkout.installs);
    checkout.run("tools/run.mjs", "start");
    expect(checkout.run("tools/run.mjs", "start").stderr).toBe("");
    checkout.write("cli/main.ts", 'console.log("edited");\n');
    const edited = checkout.run("tools/run.mjs", "start");
    expect(edited.stdout).toBe("edited\n");
    expect(edited.stderr).toMatch(/^Built cli in [\d.]+ s\n$/);
    checkout.write("package-lock.json", JSON.stringify({ packages: { "": {}, "node_modules/some": { version: "2.0.0" } } }));
    checkout.run("tools/run.mjs", "start");
    expect(checkout.npmCalls()).toEqual(["ci", "ci"]);
  });

  it("trusts packages that someone's own npm install has put there", () => {
    const checkout = new Checkout(Checkout.installs);
    checkout.run("tools/run.mjs", "start");
    checkout.write("node_modules/.slipway-installed", "an older stamp");
    checkout.write("node_modules/.package-lock.json", JSON.stringify({ packages: { "node_modules/some": { version: "1.0.0" } } }));
    expect(checkout.run("tools/run.mjs", "start").stdout).toBe('["local","up"]\n');
    expect(checkout.npmCalls()).toEqual(["ci"]);
  });

  it("shows npm's last lines when the installation fails, and exits with 3", () => {
    const checkout = new Checkout('console.error("npm error code E404"); process.exit(1);');
    const { stderr, status } = checkout.run("tools/run.mjs", "start");
    expect(stderr).toContain("npm ci failed (1). Its last lines:\n  npm error code E404\n");
    expect(stderr).toContain(join(checkout.root, ".slipway", "logs", "npm-ci.log"));
    expect(status).toBe(3);
  });

  it("names the verbs when it is asked for another", () => {
    const { stderr, status } = new Checkout("").run("tools/run.mjs", "begin");
    expect(stderr).toBe('Unknown verb "begin". Use one of: start, test, check, audit, licences, bench, build.\n');
    expect(status).toBe(3);
  });
});

describe("the slipway command in a checkout", () => {
  it("asks for npm start when nothing is installed", () => {
    const { stderr, status } = new Checkout("").run("cli/slipway.js", "invoke");
    expect(stderr).toBe("Slipway's packages are not installed yet: run `npm start` (or `npm ci`) in the project first.\n");
    expect(status).toBe(3);
  });

  it("runs what the sources say now, with its arguments and exit code", () => {
    const checkout = new Checkout(Checkout.installs);
    checkout.run("tools/run.mjs", "start");
    checkout.write("cli/main.ts", "console.log(process.argv.slice(2).join()); process.exitCode = 4;\n");
    const { stdout, stderr, status } = checkout.run("cli/slipway.js", "invoke", "iris");
    expect({ stdout, stderr, status }).toEqual({ stdout: "invoke,iris\n", stderr: "", status: 4 });
  });
});
