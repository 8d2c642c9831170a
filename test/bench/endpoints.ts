import { BareProxy } from "./bare-proxy";
import { LocalDaemon } from "./local-daemon";
import { inTurns, percentile, timed } from "./measure";
import { KeptConnection } from "./requests";

/** One measured figure with what it is compared with. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly aim: string;
}

export interface EndpointSizes {
  /** Requests of one caller to each of the two, and of all callers together in each round. */
  readonly requests: number;
  readonly starts: number;
  /** Endpoints at the same time, rising. */
  readonly counts: readonly number[];
}

const body = JSON.stringify({ features: [5.1, 3.5, 1.4, 0.2] });
const callers = 64;
/** Rounds in turns at many callers: a busy moment of the machine meets both. */
const turns = 6;

/** What the local SageMaker itself costs, with a model that sends the body back: nearly no time of its own, so that the platform's shows. */
export async function endpointFigures(sizes: EndpointSizes, say: (line: string) => void): Promise<Figure[]> {
  const daemon = await LocalDaemon.start();
  try {
    say("start of an endpoint");
    const starts: number[] = [];
    for (let index = 0; index < sizes.starts; index++) {
      starts.push(await timed(() => daemon.serve(`start-${index}`)));
      await daemon.delete(`start-${index}`);
    }
    await daemon.serve("echo-1");
    const start = { what: "start of an endpoint, echo image, p50", measured: milliseconds(percentile(starts, 0.5)), aim: "" };
    return [
      start,
      ...(await alone(daemon, sizes.requests, say)),
      ...(await together(daemon, sizes.requests, say)),
      ...(await many(daemon, sizes, say)),
    ];
  } finally {
    await daemon.stop();
  }
}

/** One caller: the same request through the endpoint and straight to the container, in turns; then the same of the least a proxy on Node can be. */
async function alone(daemon: LocalDaemon, requests: number, say: (line: string) => void): Promise<Figure[]> {
  say("one caller, through the endpoint and straight to the container");
  const containerPort = daemon.containerPort("echo-1");
  const endpoint = await pair(daemon.record.port, "/endpoints/echo-1/invocations", containerPort, requests);
  const proxy = await BareProxy.start(containerPort);
  const bare = await pair(proxy.port, "/invocations", containerPort, requests);
  proxy.stop();
  const floor = percentile(bare.through, 0.5) - percentile(bare.straight, 0.5);
  return [
    ...comparison("1 caller", endpoint.through, endpoint.straight, "p50 under 0.3 ms"),
    { what: "of which any proxy written for Node costs, 1 caller, p50", measured: milliseconds(floor), aim: "" },
  ];
}

/** Two at a time: a third in turn would leave each process asleep for longer, which costs it more to wake. */
async function pair(
  port: number,
  path: string,
  containerPort: number,
  requests: number,
): Promise<{ readonly through: number[]; readonly straight: number[] }> {
  const [front, container] = [new KeptConnection(port), new KeptConnection(containerPort)];
  const works = { through: () => front.post(path, body), straight: () => container.post("/invocations", body) };
  await inTurns(200, works);
  const times = await inTurns(requests, works);
  front.close();
  container.close();
  return times;
}

/** Many callers, each with a connection of its own: latency as one of them sees it, and what all of them get done. */
async function together(daemon: LocalDaemon, requests: number, say: (line: string) => void): Promise<Figure[]> {
  say(`${callers} callers, through the endpoint and straight to the container`);
  const works = {
    front: new Callers(daemon.record.port, "/endpoints/echo-1/invocations"),
    container: new Callers(daemon.containerPort("echo-1"), "/invocations"),
  };
  await works.front.connect();
  await works.container.connect();
  for (let turn = 0; turn < turns; turn++) {
    // A container's idle connections are closed after a second: the first requests of a turn open them again, and are not measured.
    for (const each of [works.front, works.container]) {
      await each.run(callers * 2, false);
      await each.run(requests, true);
    }
  }
  works.front.close();
  works.container.close();
  const [through, direct] = [works.front.perSecond(), works.container.perSecond()];
  return [
    ...comparison(`${callers} callers`, works.front.times, works.container.times, ""),
    {
      what: `requests per second, ${callers} callers, through the endpoint (straight)`,
      measured: `${Math.round(through)} (${Math.round(direct)}), ${Math.round((through / direct) * 100)} %`,
      aim: "at least 75 %",
    },
  ];
}

class Callers {
  readonly times: number[] = [];
  private readonly connections: KeptConnection[];
  private seconds = 0;

  constructor(
    port: number,
    private readonly path: string,
  ) {
    this.connections = Array.from({ length: callers }, () => new KeptConnection(port));
  }

  /** One after the other, so that none has to wait for another's connection. */
  async connect(): Promise<void> {
    for (const connection of this.connections) await connection.post(this.path, body);
  }

  async run(requests: number, measured: boolean): Promise<void> {
    let left = requests;
    const took = await timed(() =>
      Promise.all(
        this.connections.map(async (connection) => {
          while (left-- > 0) {
            const time = await timed(() => connection.post(this.path, body));
            if (measured) this.times.push(time);
          }
        }),
      ),
    );
    if (measured) this.seconds += took / 1_000;
  }

  perSecond(): number {
    return this.times.length / this.seconds;
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }
}

/** Memory and time as endpoints get more. */
async function many(daemon: LocalDaemon, { counts }: EndpointSizes, say: (line: string) => void): Promise<Figure[]> {
  const figures: Figure[] = [];
  let running = 1;
  for (const count of counts) {
    say(`${count} endpoints`);
    const added = Array.from({ length: count - running }, (_, index) => `echo-${running + index + 1}`);
    const took = await timed(() => Promise.all(added.map((name) => daemon.serve(name))));
    running = Math.max(count, running);
    const { daemon: own, containers } = daemon.memory();
    const started =
      added.length === 0
        ? ""
        : `; ${added.length} more started in ${(took / 1_000).toFixed(1)} s, ${milliseconds(took / added.length)} each`;
    figures.push({
      what: `${count} endpoint${count === 1 ? "" : "s"}: memory of the daemon, and of each container`,
      measured: `${megabytes(own)}, ${megabytes(containers / count)}${started}`,
      aim: "",
    });
  }
  return figures;
}

function comparison(who: string, through: readonly number[], direct: readonly number[], aim: string): Figure[] {
  const cost = (share: number): string => milliseconds(percentile(through, share) - percentile(direct, share));
  const both = (share: number): string => `${milliseconds(percentile(through, share))} (${milliseconds(percentile(direct, share))})`;
  return [
    { what: `echo through the endpoint (straight), ${who}, p50`, measured: both(0.5), aim: "" },
    { what: `echo through the endpoint (straight), ${who}, p99`, measured: both(0.99), aim: "" },
    { what: `cost of the local endpoint, ${who}, p50 and p99`, measured: `${cost(0.5)} and ${cost(0.99)}`, aim },
  ];
}

function milliseconds(value: number): string {
  return `${value.toFixed(2)} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(0)} MB`;
}
