/** What is held against the contract. `advised` lines are good practice that SageMaker does not insist on: they warn instead of fail. */
export interface Line {
  readonly id: string;
  readonly title: string;
  /** What happens on SageMaker when it does not hold. */
  readonly why: string;
  readonly advised?: true;
}

export const lines = {
  train: {
    id: "train",
    title: "trains with the argument train",
    why: "SageMaker runs `docker run IMAGE train`: exit code 0 is Completed, and what lies in /opt/ml/model becomes model.tar.gz",
  },
  trainFailure: {
    id: "train-failure",
    title: "a failing job says why",
    why: "only a non-zero exit code makes the job Failed, and /opt/ml/output/failure is all that its FailureReason tells",
  },
  trainStop: {
    id: "train-stop",
    title: "a training job that is stopped ends within 120 s of SIGTERM",
    why: "a stopped job, and one past its MaxRuntimeInSeconds, gets SIGTERM, and SIGKILL 120 s later: what it has not saved by then is lost",
    advised: true,
  },
  serve: {
    id: "serve",
    title: "serves with the argument serve",
    why: "SageMaker runs `docker run IMAGE serve` and waits until /ping on port 8080 answers 200; without it the endpoint fails",
  },
  accept: {
    id: "accept",
    title: "answers connections within 250 ms of its start",
    why: "a container that listens late is taken for a hanging one, and starts late when traffic grows",
    advised: true,
  },
  pingTime: {
    id: "ping-time",
    title: "every /ping is answered within 2 s",
    why: "SageMaker gives a ping 2 s, also while the model loads; slower ones get the container replaced",
  },
  pingEarly: {
    id: "ping-early",
    title: "/ping is 200 only when requests are answered",
    why: "the first 200 sends traffic: requests before the model is loaded fail",
  },
  samples: {
    id: "payloads",
    title: "answers its samples",
    why: "callers get a ModelError for every answer that is not 2xx",
  },
  badInput: {
    id: "bad-input",
    title: "malformed input and unknown media types are the caller's fault",
    why: "a 5xx counts as a fault of the model: alarms ring and deployments roll back for a typing error",
    advised: true,
  },
  route: {
    id: "unknown-route",
    title: "an unknown route is 404",
    why: "a server that answers 200 to everything proves nothing with its ping",
    advised: true,
  },
  bodyLimit: {
    id: "body-limit",
    title: "accepts a body of 6 MiB",
    why: "a request may be that large on a real-time endpoint; a smaller limit of the server's own refuses it",
  },
  chunked: {
    id: "chunked",
    title: "accepts a body in chunks as one with a Content-Length",
    why: "SageMaker sends a Content-Length, but a proxy, or a client that tries the container by hand, may stream",
    advised: true,
  },
  oversize: {
    id: "oversize",
    title: "survives a body of 64 MiB",
    why: "one caller could end the container for all others",
  },
  pingBusy: {
    id: "ping-busy",
    title: "/ping is answered within 2 s while requests are under way",
    why: "SageMaker goes on pinging: a container that is busy must not look like one that hangs, or it is replaced under load",
  },
  slowClients: {
    id: "slow-clients",
    title: "/ping is answered within 2 s beside slow clients",
    why: "a server that waits for one client's request before it reads the next one stops for all of them",
    advised: true,
  },
  cutOff: {
    id: "cut-off",
    title: "survives clients that are gone in the middle of a body",
    why: "a caller that times out or is killed cuts its connection; that must not cost the others theirs",
  },
  sigterm: {
    id: "sigterm",
    title: "ends within 30 s of SIGTERM",
    why: "SageMaker kills it after 30 s, with every request that is under way",
  },
  drain: {
    id: "drain",
    title: "answers requests under way before it ends",
    why: "each update and scale-in would lose requests",
  },
  modelWrite: {
    id: "model-write",
    title: "serving leaves /opt/ml/model as it is",
    why: "a serving container has read access alone there: what it wants to write goes elsewhere, or fails",
    advised: true,
  },
  pingTruth: {
    id: "ping-truth",
    title: "/ping is not 200 when the model cannot be loaded",
    why: "a deployment with a broken model counts as healthy and replaces one that works",
  },
  nonRoot: {
    id: "non-root",
    title: "serves as a user that is not root",
    why: "serverless endpoints and hardened accounts run it without root's rights",
    advised: true,
  },
  readOnly: {
    id: "read-only",
    title: "serves on a read-only file system with /tmp writable",
    why: "serverless endpoints let it write to /tmp alone",
    advised: true,
  },
} as const satisfies Record<string, Line>;

/** `note` is an advised line that does not hold; `skip` one that could not be tried. */
export interface Outcome {
  readonly line: Line;
  readonly state: "pass" | "fail" | "note" | "skip";
  readonly found: string;
}

/** Holds, or does not, with what was seen. */
export function outcome(line: Line, holds: boolean, found: string): Outcome {
  return { line, state: holds ? "pass" : line.advised === true ? "note" : "fail", found };
}

export function skipped(line: Line, reason: string): Outcome {
  return { line, state: "skip", found: reason };
}

/** The times of the contract; tests shorten them. */
export interface Limits {
  readonly startupSeconds: number;
  readonly acceptMilliseconds: number;
  readonly pingMilliseconds: number;
  readonly answerSeconds: number;
  readonly drainSeconds: number;
  readonly trainSeconds: number;
  /** When a training job is stopped at the latest; a shorter one is stopped after half of its time. */
  readonly stopAfterSeconds: number;
  /** How long a stopped training job is waited for, where SageMaker waits 120 s. */
  readonly stopSeconds: number;
  /** By how much a stopped job must end sooner than it would have anyway, for an exit code 0 to tell that it was stopped. */
  readonly stopNoticedSeconds: number;
  /** How long requests may fail after the first good ping before they count as failing for good. */
  readonly settleSeconds: number;
}

export const contractLimits: Limits = {
  startupSeconds: 240,
  acceptMilliseconds: 250,
  pingMilliseconds: 2_000,
  answerSeconds: 60,
  drainSeconds: 30,
  trainSeconds: 3_600,
  stopAfterSeconds: 30,
  stopSeconds: 30,
  stopNoticedSeconds: 2,
  settleSeconds: 15,
};
