import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageRoot } from "../../tools/package-root";

/** A proxy of a few lines on Node's own HTTP, in a process of its own as the daemon is: below what it costs, no endpoint written for Node can come. */
export class BareProxy {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(containerPort: number): Promise<BareProxy> {
    const script = join(packageRoot(), "test/bench/bare-proxy-process.cjs");
    const child = spawn(process.execPath, [script, String(containerPort)], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(child.stdout, "data");
    return new BareProxy(child, Number(String(line)));
  }

  stop(): void {
    this.child.kill();
  }
}
