import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Container, ContainerSpec } from "../../local/containers/container-runner";
import { DockerRunner } from "../../local/containers/docker-runner";
import type { LocalImage } from "../../local/images/image-store";
import { ProcessRegister } from "../../local/state/process-register";
import { fetchWhole } from "../support/fetch-whole";
import { baseImage } from "./support/kit-image";

/** Answers every path with 200, and `/reach/<host>` with whether port 8080 of that host accepts connections. */
const server = `
import http.server, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = "ready"
        if self.path.startswith("/reach/"):
            try:
                socket.create_connection((self.path[7:], 8080), timeout=3).close()
                answer = "reached"
            except OSError as error:
                answer = "not reached"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer.encode())
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
`;

const stateDir = mkdtempSync(join(tmpdir(), "slipway-docker-"));
const runner = new DockerRunner({ stateDir, register: new ProcessRegister(stateDir) });
const started: Container[] = [];
let image: LocalImage;

beforeAll(async () => {
  const name = await baseImage();
  image = { uri: name, repository: name, digest: "", context: "", dockerImageId: name };
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((container) => container.stop(0)));
  expect(left()).toEqual([]);
});
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

describe("a container with network isolation", () => {
  test("answers /ping and reaches nothing, where one without reaches its neighbour", async () => {
    const neighbour = await run("neighbour", {});
    const address = docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", ...names("neighbour"));
    const open = await run("open", {});
    const isolated = await run("isolated", { networkIsolation: true });
    expect(await get(neighbour, "/ping")).toBe("ready");
    expect(await get(isolated, "/ping")).toBe("ready");
    expect(await get(open, `/reach/${address}`)).toBe("reached");
    expect(await get(isolated, `/reach/${address}`)).toBe("not reached");
  });

  test("that trains alone has no network at all", async () => {
    const lines: string[] = [];
    const script = "import os; print('interfaces', sorted(os.listdir('/sys/class/net')))";
    const container = await run("alone", {
      command: "train",
      networkIsolation: true,
      commandLine: ["python3", "-c", script],
      onLine: (line) => lines.push(line),
    });
    expect(container.url).toBeUndefined();
    expect(await container.exited).toEqual({ code: 0 });
    expect(lines).toEqual(["interfaces ['lo']"]);
  });

  test("that trains with others reaches them and nothing else", async () => {
    const network = await runner.openNetwork("cluster", { isolated: true });
    const lines: string[] = [];
    const neighbour = await run("outside", {});
    const outside = docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", ...names("outside"));
    await run("algo-1", { command: "train", networkIsolation: true, network: { id: network.id, alias: "algo-1" } });
    const script = `
import socket, time
def reached(host, tries):
    for _ in range(tries):
        try:
            socket.create_connection((host, 8080), timeout=3).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False
print(reached("algo-1", 300), reached("${outside}", 2))
`;
    const second = await run("algo-2", {
      command: "train",
      networkIsolation: true,
      network: { id: network.id, alias: "algo-2" },
      commandLine: ["python3", "-c", script],
      onLine: (line) => lines.push(line),
    });
    expect(await second.exited).toEqual({ code: 0 });
    expect(lines).toEqual(["True False"]);
    await Promise.all([neighbour, ...started].map((container) => container.stop(0)));
    await network.close();
  });
});

describe("the memory of a container", () => {
  test("is that of its instance type", async () => {
    await run("limited", { memoryBytes: 256 * 1_024 ** 2 });
    expect(docker("inspect", "--format", "{{.HostConfig.Memory}}", ...names("limited"))).toBe(String(256 * 1_024 ** 2));
  });

  test("is not limited where the machine has less, which a line of the log tells", async () => {
    const lines: string[] = [];
    await run("unlimited", { memoryBytes: 2_048 * 1_024 ** 3, onLine: (line, source) => source === undefined && lines.push(line) });
    expect(docker("inspect", "--format", "{{.HostConfig.Memory}}", ...names("unlimited"))).toBe("0");
    expect(lines).toEqual([
      expect.stringMatching(/^no memory limit: the instance has 2048 GiB, the machine that runs Docker [0-9.]+ GiB$/),
    ]);
  });
});

test("a serving container that cannot even start has no URL", async () => {
  const container = await run("brief", { commandLine: ["/no/such/program"] });
  expect(await container.exited).toEqual({ code: 127 });
  expect(container.url).toBeUndefined();
});

describe("what a killed daemon leaves", () => {
  test("is removed by the next one: containers, their volumes, networks of jobs and of isolation", async () => {
    docker("build", "--quiet", "--tag", "slipway-test/volume", "--build-arg", `BASE=${image.uri}`, join(__dirname, "fixtures", "volume"));
    const withVolume = { ...image, dockerImageId: "slipway-test/volume" };
    const network = await runner.openNetwork("left", { isolated: false });
    await run("left-1", { command: "train", network: { id: network.id, alias: "algo-1" }, image: withVolume });
    await run("left-2", { networkIsolation: true });
    const volumes = docker("inspect", "--format", '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}}{{end}}{{end}}', ...names("left-1"));
    expect(volumes).toMatch(/^[0-9a-f]{64}$/);

    const other = mkdtempSync(join(tmpdir(), "slipway-docker-"));
    await new DockerRunner({ stateDir: other, register: new ProcessRegister(other) }).removeLeftovers();
    expect(left()).toHaveLength(4);
    await new DockerRunner({ stateDir, register: new ProcessRegister(stateDir) }).removeLeftovers();
    expect(left()).toEqual([]);
    expect(docker("volume", "ls", "--quiet", "--filter", `name=${volumes}`)).toBe("");
    rmSync(other, { recursive: true, force: true });
  });
});

describe("images of this state folder", () => {
  test("go when they are old and nothing uses them; those in use, the young and those of others stay", async () => {
    const context = join(__dirname, "fixtures", "volume");
    const build = async (stateFolder: string, digest: string): Promise<LocalImage> => {
      const builder = new DockerRunner({ stateDir: stateFolder, register: new ProcessRegister(stateDir) });
      const asked = { ...image, digest, context, dockerImageId: "not built" };
      return { ...asked, ...(await builder.prepare(asked, { imageName: "prune", context, args: { BASE: image.uri, MADE_FOR: digest } })) };
    };
    const other = join(stateDir, "other");
    const [used, unused, foreign] = [
      await build(stateDir, "sha256:aa"),
      await build(stateDir, "sha256:bb"),
      await build(other, "sha256:cc"),
    ];
    const there = (each: LocalImage) => docker("image", "ls", "--quiet", "--no-trunc").includes(each.dockerImageId ?? "none");
    const pruning = (imageMilliseconds: number) =>
      new DockerRunner({ stateDir, register: new ProcessRegister(stateDir), imageMilliseconds });
    expect(await pruning(3_600_000).pruneImages([used])).toBe(0);
    expect(await pruning(-60_000).pruneImages([used])).toBe(1);
    expect([used, unused, foreign].map(there)).toEqual([true, false, true]);
    docker("image", "rm", "--force", used.dockerImageId ?? "", foreign.dockerImageId ?? "");
  });
});

async function run(name: string, more: Partial<ContainerSpec>): Promise<Container> {
  const baseDir = join(stateDir, name);
  const commandLine = ["python3", "-c", server];
  const container = await runner.run({
    name,
    image,
    command: "serve",
    baseDir,
    environment: {},
    commandLine,
    onLine: () => undefined,
    ...more,
  });
  started.push(container);
  return container;
}

/** Asks until something answers. */
async function get({ url }: Container, path: string): Promise<string> {
  for (const deadline = Date.now() + 60_000; ; ) {
    try {
      return await (await fetchWhole(`${url}${path}`)).text();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

function names(container: string): string[] {
  return docker("ps", "--all", "--format", "{{.Names}}", "--filter", `label=slipway.container=${container}`).split("\n");
}

/** Containers and networks with the label of this state folder. */
function left(): string[] {
  const label = `label=${runner.label}`;
  const found = [docker("ps", "--all", "--quiet", "--filter", label), docker("network", "ls", "--quiet", "--filter", label)];
  return found.flatMap((text) => text.split("\n")).filter((line) => line !== "");
}

function docker(...args: string[]): string {
  return execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
