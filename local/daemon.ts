import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { ApplicationAutoScaling } from "./autoscaling/application-auto-scaling";
import { AutoScaling } from "./autoscaling/auto-scaling";
import { InvocationMeter } from "./autoscaling/invocation-meter";
import { scalingSettings } from "./autoscaling/scaling-settings";
import { Console } from "./console/console";
import { Journal } from "./console/journal";
import { chooseRunner } from "./containers/choose-runner";
import { ControlPlane } from "./control-plane/control-plane";
import { Regions } from "./control-plane/regions";
import type { DaemonOptions } from "./daemon-options";
import { type DaemonRecord, removeDaemonRecord, writeDaemonRecord } from "./daemon-record";
import { handleAdminRequest, isAdminRequest } from "./front/admin";
import { type FrontServer, listenAtGate } from "./front/front-server";
import { proxyToMiniStack } from "./front/proxy";
import { FunctionUrls } from "./functions/function-urls";
import { CloudWatchAlarms } from "./hosting/alarms";
import { EndpointHost } from "./hosting/endpoint-host";
import { hostingSettings } from "./hosting/hosting-settings";
import { FileImageStore } from "./images/image-store";
import { usedImages } from "./images/used-images";
import { Jobs } from "./jobs/jobs";
import { DaemonLog } from "./logs/daemon-log";
import { CloudWatchLogFactory } from "./logs/log-factory";
import { MiniStack } from "./ministack/ministack";
import { SageMakerRuntime } from "./runtime/runtime";
import { claimAccount } from "./state/account";
import { makePrivateFolder } from "./state/private-folder";
import { ProcessRegister } from "./state/process-register";
import { lockState } from "./state/state-lock";
import { ObjectStorage } from "./storage/object-storage";
import { TrainingMetrics } from "./training/metric-publisher";
import { TrainingHost } from "./training/training-host";

/** A running local platform. */
export interface Daemon {
  readonly record: DaemonRecord;
  /** Ends containers, services and sockets; nothing of the daemon is left when it resolves. Safe to call again. */
  stop(): Promise<void>;
  /** Resolves when the daemon has stopped, whoever asked for it. */
  readonly stopped: Promise<void>;
}

/** Things to undo when the daemon stops, undone in reverse order; one that fails does not keep the others. */
class Cleanup {
  private readonly steps: { readonly name: string; readonly action: () => Promise<void> | void }[] = [];

  add(name: string, action: () => Promise<void> | void): void {
    this.steps.push({ name, action });
  }

  async run(log: (line: string) => void): Promise<void> {
    for (const { name, action } of this.steps.splice(0).reverse()) {
      try {
        await action();
      } catch (error) {
        log(`stopping ${name} failed: ${String(error)}`);
      }
    }
  }
}

/** Starts the local AWS endpoint. Rejects, with nothing left behind, when it cannot. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { stateDir } = options;
  makePrivateFolder(stateDir);
  mkdirSync(join(stateDir, "logs"), { recursive: true });
  const log = new DaemonLog(join(stateDir, "logs", "daemon.log"));
  const cleanup = new Cleanup();
  cleanup.add("the log", () => log.close());
  try {
    return await assemble(options, log.line, cleanup);
  } catch (error) {
    log.line(`the local platform did not start: ${error instanceof Error ? error.message : String(error)}`);
    await cleanup.run(log.line);
    throw error;
  }
}

async function assemble(options: DaemonOptions, log: (line: string) => void, cleanup: Cleanup): Promise<Daemon> {
  const { stateDir, region, account, version } = options;
  const lock = lockState(stateDir);
  cleanup.add("the lock", lock.release);
  claimAccount(stateDir, account);
  const register = new ProcessRegister(stateDir);
  const orphans = await register.endOrphans();
  if (orphans > 0) {
    log(`ended ${orphans} processes that an earlier daemon left behind`);
  }
  await rm(join(stateDir, "run"), { recursive: true, force: true }).catch((error: unknown) => log(`left in place: ${String(error)}`));

  const gate = {
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.token === undefined ? {} : { token: options.token }),
  };
  let answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.writeHead(503).end();
  const front: FrontServer = await listenAtGate(options.port, gate, (request, response) => answer(request, response));
  cleanup.add("the front", () => front.close());
  const endpointUrl = `http://localhost:${front.port}`;
  const own = `http://127.0.0.1:${front.port}`;
  const ministack = MiniStack.start({ toolsDir: options.pythonTools, stateDir, frontPort: front.port, region, account, register, log });
  cleanup.add("MiniStack", () => ministack.stop());

  const { runner, note } = await chooseRunner(options, register);
  if (note !== undefined) {
    log(note);
  }
  await runner.removeLeftovers();
  const images = await FileImageStore.open(join(stateDir, "images"), runner);
  const regions = new Regions(join(stateDir, "sagemaker"), account, region);
  cleanup.add("the state", () => regions.flush());
  const pruned = (await runner.pruneImages?.(usedImages(regions, images)).catch((error: unknown) => log(String(error)))) ?? 0;
  if (pruned > 0) {
    log(`removed ${pruned} Docker images of this state folder that are older than a week and that no model uses`);
  }
  const storage = ObjectStorage.at(own, region);
  cleanup.add("the S3 client", () => storage.close());
  const logs = new CloudWatchLogFactory(join(stateDir, "logs"), own, log);
  cleanup.add("the logs client", () => logs.close());
  const services = { runner, images, storage, logs, endpointUrl, log };
  const alarms = new CloudWatchAlarms(own, log);
  cleanup.add("the CloudWatch client", () => alarms.close());
  const hosting = { ...services, alarms, settings: hostingSettings(process.env), runDir: join(stateDir, "run", "endpoints") };
  const endpoints = new EndpointHost(hosting);
  cleanup.add("endpoints", () => endpoints.shutdown());
  const metrics = new TrainingMetrics(own, log);
  cleanup.add("the metrics client", () => metrics.close());
  const training = new TrainingHost({ ...services, metrics, runDir: join(stateDir, "run", "training") });
  cleanup.add("training jobs", () => training.shutdown());
  const jobs = new Jobs({ ...services, runDir: join(stateDir, "run") });
  cleanup.add("transform and processing jobs", () => jobs.shutdown());
  const journal = new Journal();
  const asyncDir = join(stateDir, "async-invocations");
  const meter = new InvocationMeter();
  const runtime = new SageMakerRuntime({ regions, endpoints, storage, endpointUrl: own, asyncDir, journal, meter, log });
  cleanup.add("the runtime", () => runtime.close());
  const settings = scalingSettings(process.env);
  const backlog = runtime.asyncBacklog.bind(runtime);
  const scaling = new AutoScaling({ regions, endpoints, meter, backlog, endpointUrl: own, settings, log });
  cleanup.add("scaling", () => scaling.close());
  alarms.readAfter(() => scaling.publish());
  const pages = new Console({ stateDir, regions, endpoints, journal, endpointUrl, region, account });
  cleanup.add("the console", () => pages.close());
  const functions = new FunctionUrls({
    endpointUrl,
    own,
    runDir: join(stateDir, "run", "functions"),
    logsDir: join(stateDir, "logs"),
    register,
    log,
    pass: (request, response) => void proxyToMiniStack(ministack, request, response),
  });
  cleanup.add("functions", () => functions.close());
  const control = new ControlPlane({ regions, endpoints, training, jobs, log });

  let record: DaemonRecord | undefined;
  let finished: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    finished = resolve;
  });
  let stopping = false;
  const stop = (): Promise<void> => {
    if (!stopping) {
      stopping = true;
      log("stopping");
      removeDaemonRecord(stateDir, process.pid);
      void cleanup.run(log).then(finished);
    }
    return stopped;
  };
  const parts = { regions, endpoints, training, jobs, alarms, ministack };
  let recovered: () => void = () => undefined;
  const recovery = new Promise<void>((resolve) => {
    recovered = resolve;
  });
  const admin = { record: () => record, version, stateDir, ...parts, log, shutdown: () => void stop() };
  answer = (request, response) => {
    if (ControlPlane.accepts(request)) {
      // What is asked for now must not be taken for what an earlier daemon left.
      void recovery.then(() => control.handle(request, response));
    } else if (ApplicationAutoScaling.accepts(request)) {
      void scaling.api.handle(request, response);
    } else if (SageMakerRuntime.accepts(request)) {
      runtime.handle(request, response);
    } else if (pages.accepts(request) && pages.handle(request, response)) {
      request.resume();
    } else if (FunctionUrls.accepts(request)) {
      functions.handle(request, response);
    } else if (isAdminRequest(request)) {
      handleAdminRequest(admin, request, response);
    } else {
      void proxyToMiniStack(ministack, request, response);
    }
  };

  const provider = await options.startProvider?.({ endpointUrl, region, account, images, stateDir, runner: runner.kind, log });
  if (provider !== undefined) {
    cleanup.add("the Pulumi provider", () => provider.stop());
  }
  await ministack.url();
  for (const each of regions.all()) {
    await training.recover(each);
    await jobs.recover(each);
    await endpoints.recover(each);
  }
  scaling.start();
  recovered();
  record = {
    pid: process.pid,
    port: front.port,
    endpointUrl,
    providerPort: provider?.port ?? 0,
    region,
    account,
    runner: runner.kind,
    ...gate,
    ...(note === undefined ? {} : { note }),
    version,
    startedAt: new Date().toISOString(),
  };
  await writeDaemonRecord(stateDir, record);
  log(`ready on ${endpointUrl} (account ${account}, region ${region}, containers run as ${runner.kind})`);
  return { record, stop, stopped };
}
