import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerExit } from "./container-runner";
import { docker } from "./docker-command";

/** The port a serving container listens on inside. */
export const servingPort = 8080;

/** Makes a bridge of its own, from which nothing outside is reached when it is `internal`; resolves to its name. */
export async function createNetwork(label: string, name: string, internal: boolean): Promise<string> {
  const id = `slipway-${name}-${randomBytes(3).toString("hex")}`.replace(/[^a-zA-Z0-9_.-]/g, "-");
  await docker(["network", "create", ...(internal ? ["--internal"] : []), "--label", label, id]);
  return id;
}

export async function removeNetwork(id: string): Promise<void> {
  await docker(["network", "rm", id]).catch(() => undefined);
}

/** Where a serving container is reached: known once it runs, and never for one that ends at once. */
export async function servingUrl(name: string, network: string | undefined, exited: Promise<ContainerExit>): Promise<string | undefined> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  while (!ended) {
    const address = await (network === undefined ? publishedAddress(name) : ownAddress(name, network)).catch(() => "");
    if (address !== "") {
      return `http://${address}`;
    }
    await sleep(50);
  }
  return undefined;
}

async function publishedAddress(name: string): Promise<string> {
  return (await docker(["port", name, String(servingPort)])).split("\n")[0] ?? "";
}

/** An internal network publishes no ports; on Linux this machine is on every bridge itself. */
async function ownAddress(name: string, network: string): Promise<string> {
  const address = await docker(["inspect", "--format", `{{with index .NetworkSettings.Networks "${network}"}}{{.IPAddress}}{{end}}`, name]);
  return address === "" ? "" : `${address}:${servingPort}`;
}
