import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DaemonRecord } from "../../../local/daemon-record";
import { FileImageStore, type LocalImage } from "../../../local/images/image-store";
import { ensureLocalTools } from "../../../tools/python/ensure";
import { account, echoImage, region } from "./platform";
import { recorderPath } from "./traffic";

const root = join(__dirname, "..", "..", "..");

/** A state folder, and the daemons started on it as processes of their own, as the command starts them. */
export class DaemonFolder {
  readonly stateDir = mkdtempSync(join(tmpdir(), "slipway-daemon-"));
  private readonly children: ChildProcess[] = [];

  /** Puts the echo image into the folder; a daemon finds it when it starts. */
  async buildImage(): Promise<LocalImage> {
    const images = await FileImageStore.open(join(this.stateDir, "images"), { prepare: async () => ({}) });
    return images.build({ imageName: echoImage, context: join(__dirname, "..", "fixtures", "echo") });
  }

  /** Starts the built daemon and waits until its record says that it is ready. */
  async start(more: readonly string[] = []): Promise<{ readonly child: ChildProcess; readonly record: DaemonRecord }> {
    const { child, output } = await this.spawn(more);
    for (;;) {
      const record = this.record();
      if (record !== undefined && record.pid === child.pid) {
        return { child, record };
      }
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`the daemon ended with code ${child.exitCode ?? child.signalCode}: ${output()}`);
      }
      await sleep(25);
    }
  }

  /** Starts a daemon that is expected to refuse: its exit code and what it printed. */
  async startRefused(more: readonly string[] = []): Promise<{ readonly code: number | null; readonly output: string }> {
    const { child, output } = await this.spawn(more);
    if (child.exitCode === null) {
      await once(child, "exit");
    }
    return { code: child.exitCode, output: output() };
  }

  record(): DaemonRecord | undefined {
    const path = join(this.stateDir, "daemon.json");
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
  }

  /** Ends what still runs and removes the folder. */
  async remove(): Promise<void> {
    for (const child of this.children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    for (const pid of this.processes()) {
      process.kill(pid, "SIGKILL");
    }
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  /** Ids of all processes whose command line or working folder is of this state folder: MiniStack, containers and their children. */
  processes(): number[] {
    return readdirSync("/proc")
      .filter((entry) => /^\d+$/.test(entry))
      .filter((entry) => {
        try {
          const environment = readFileSync(`/proc/${entry}/environ`, "utf8");
          return environment.includes(`=${this.stateDir}`);
        } catch {
          return false;
        }
      })
      .map(Number);
  }

  /** Starts the built daemon, and waits for nothing. */
  async spawn(more: readonly string[] = []): Promise<{ readonly child: ChildProcess; output(): string }> {
    const { venv } = await ensureLocalTools();
    const args = ["--state", this.stateDir, "--port", "0", "--account", account, "--region", region, "--runner", "process", ...more];
    const child = spawn(process.execPath, ["--require", recorderPath, join(root, "dist", "daemon.js"), ...args], {
      env: { ...process.env, SLIPWAY_PYTHON_TOOLS: venv },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.children.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    return { child, output: () => output };
  }
}

/** Builds dist/daemon.js when a source has changed. */
export function buildDaemon(): void {
  const script = `import(${JSON.stringify(join(root, "tools", "build.mjs"))}).then((m) => m.buildBundles(process.argv[1], ["daemon"], () => {}))`;
  const { status, stderr } = spawnSync(process.execPath, ["-e", script, root], { encoding: "utf8" });
  if (status !== 0) {
    throw new Error(`the daemon cannot be built: ${stderr}`);
  }
}

/** Whether something accepts connections on a port of 127.0.0.1. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
