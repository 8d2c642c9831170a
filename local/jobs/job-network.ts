import type { ContainerNetwork, ContainerRunner } from "../containers/container-runner";
import { freePort } from "../containers/free-port";

/**
 * Where the hosts of a job meet. Hosts that are processes share this machine's loopback interface: their names lead nowhere, so the place
 * to meet is told as PyTorch's launchers tell it.
 */
export async function openJobNetwork(runner: ContainerRunner, job: string, isolated = false): Promise<ContainerNetwork> {
  const opened = await runner.openNetwork?.(job, { isolated });
  return (
    opened ?? {
      id: "",
      interfaceName: "lo",
      environment: { MASTER_ADDR: "127.0.0.1", MASTER_PORT: String(await freePort()) },
      close: async () => undefined,
    }
  );
}

/** The interface a host without a network of its job has. */
export function ownInterface(runner: ContainerRunner): string {
  return runner.kind === "docker" ? "eth0" : "lo";
}
