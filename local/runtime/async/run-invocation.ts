import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { InvocationMeter } from "../../autoscaling/invocation-meter";
import type { Invocation, InvocationOutcome, Stage } from "../../hosting/serving-instance";
import type { ObjectStorage } from "../../storage/object-storage";
import { type ContainerCall, type ContainerClient, ContainerFailure } from "../container-call";
import { failureText } from "../container-failure";
import type { RuntimeLimits } from "../limits";
import { containerHeaders } from "../request-members";
import type { AsyncInvocation, AsyncStore } from "./async-store";
import { inputUri } from "./locations";
import { type AnswerForNotification, errorMessage, type Notifier, successMessage, wantsResponse } from "./notification";

/** Characters of a container's answer that are logged, as many as errors tell. */
const mostLogged = 1_024;

/** What became of a request: finished, whatever the result; or not, so that it is to be tried again. */
export type RunOutcome = "finished" | "again";

export interface AsyncServices {
  readonly client: ContainerClient;
  readonly storage: ObjectStorage;
  readonly notifier: Notifier;
  readonly limits: RuntimeLimits;
  /** What counts the requests that failed. @default nobody counts */
  readonly meter?: InvocationMeter;
  readonly log: (line: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a container is sent. */
interface Input {
  readonly body: Buffer | Readable;
  readonly bytes: number;
}

/** A request that failed: the reason as the notification has it, and what the container answered. */
class Failed extends Error {
  constructor(
    message: string,
    readonly answer: AnswerForNotification = {},
    /** As the `data-log` has it, which tells what the container said. */
    readonly logged: string = message.replace(/^\w+Error: /, ""),
  ) {
    super(message);
    this.name = "Failed";
  }
}

/** Something between here and the result was not reachable; the request may succeed later. */
class Unreachable extends Error {}

/** Runs one accepted request at an instance: its input to the container, the answer to S3, the notification to SNS. */
export class AsyncRun {
  /** One for each container it has come to. */
  private readonly calls: ContainerCall[] = [];
  private stage: Stage | undefined;
  private cancelled = false;

  constructor(
    private readonly services: AsyncServices,
    private readonly region: string,
    private readonly store: AsyncStore,
    private readonly invocation: AsyncInvocation,
  ) {}

  async run(place: Invocation): Promise<RunOutcome> {
    let outcome: InvocationOutcome = "failed";
    const startedAt = performance.now();
    try {
      const incoming = await this.send(place);
      outcome = "answered";
      const answer = await this.keep(incoming);
      const took = performance.now() - startedAt;
      const latency = this.calls.reduce((sum, { elapsed }) => sum + elapsed, 0);
      const total = this.services.now() - this.invocation.createdAt;
      this.tell(
        place,
        `Inference request succeeded. ModelLatency: ${Math.round(latency * 1_000)} us, ` +
          `TimeInBacklog: ${Math.max(0, Math.round(total - took))} ms, TotalProcessingTime: ${Math.round(total)} ms`,
      );
      this.count(place, false);
      const message = successMessage(this.invocation, this.region, this.services.now(), answer);
      await this.services.notifier.publish(this.invocation.successTopic, message);
      return "finished";
    } catch (error) {
      if (error instanceof ContainerFailure && error.kind === "refused") {
        outcome = "refused";
        return "again";
      }
      if (this.cancelled || error instanceof Unreachable) {
        return "again";
      }
      const failed = error instanceof Failed ? error : new Failed(this.reasonOf(error));
      this.tell(place, failed.logged);
      this.count(place, true);
      await this.fail(failed.message, failed.answer);
      return "finished";
    } finally {
      place.end(outcome, this.stage);
    }
  }

  /** Ends a request with a reason: the failure object, then the notification. */
  async fail(reason: string, answer: AnswerForNotification = {}): Promise<void> {
    const { failureLocation, errorTopic, inferenceId, kmsKeyId } = this.invocation;
    if (failureLocation !== undefined) {
      const content = answer.body ?? Buffer.from(reason);
      await this.services.storage
        .write(failureLocation, Readable.from([content]), { contentType: answer.contentType ?? "text/plain", kmsKeyId })
        .catch((error: unknown) =>
          this.services.log(`inference ${inferenceId}: ${failureLocation} could not be written: ${String(error)}`),
        );
    }
    await this.services.notifier.publish(errorTopic, errorMessage(this.invocation, this.region, this.services.now(), reason, answer));
  }

  private count({ variantName: variant }: Invocation, hasFailed: boolean): void {
    this.services.meter?.noteAsync({ region: this.region, endpoint: this.invocation.endpoint, variant, hasFailed });
  }

  /** A line of the instance's `data-log`, of the form that AWS gives it. */
  private tell(place: Invocation, text: string): void {
    const time = new Date(this.services.now()).toISOString().slice(0, -1);
    place.log?.(`${time}:[sagemaker logs] [${this.invocation.inferenceId}] ${text}`);
  }

  /** Ends the call to the container; the request stays accepted. */
  cancel(): void {
    this.cancelled = true;
    for (const call of this.calls) {
      call.cancel();
    }
  }

  private reasonOf(error: unknown): string {
    return error instanceof ContainerFailure
      ? `ClientError: ${failureText(error, this.stage?.container ?? "primary")}`
      : `InternalServerError: ${messageOf(error)}`;
  }

  /** Resolves to the head of the last container's answer; the containers before it are then still being read. */
  private async send(place: Invocation): Promise<IncomingMessage> {
    const { contentType, accept, customAttributes, inferenceId, timeoutMilliseconds } = this.invocation;
    let input: Input = await this.input();
    if (this.cancelled) {
      throw new Unreachable();
    }
    const deadline = performance.now() + timeoutMilliseconds;
    let type = contentType;
    for (const [index, stage] of [place, ...place.rest].entries()) {
      const isLast = index === place.rest.length;
      const headers = containerHeaders({
        ...(type === undefined ? {} : { ContentType: type }),
        ...(accept === undefined || !isLast ? {} : { Accept: accept }),
        ...(customAttributes === undefined ? {} : { CustomAttributes: customAttributes }),
        InferenceId: inferenceId,
      });
      this.stage = stage;
      const milliseconds = Math.max(1, deadline - performance.now());
      const call = this.services.client.call({ url: stage.url, headers, ...input, milliseconds });
      this.calls.push(call);
      const incoming = await answerOf(call, stage);
      if (isLast) {
        return incoming;
      }
      type = incoming.headers["content-type"];
      input = { body: Readable.from(call.chunks(incoming)), bytes: Number(incoming.headers["content-length"]) };
    }
    throw new Error("the instance has no container");
  }

  private async input(): Promise<Input> {
    const { inputLocation, key } = this.invocation;
    const limit = this.services.limits.asyncInputBytes;
    if (inputLocation === undefined) {
      const body = await this.store.body(key);
      return { body, bytes: body.length };
    }
    const { content, size: bytes } = await this.services.storage.open(inputUri(inputLocation)).catch((error: unknown) => {
      throw isTemporary(error) ? new Unreachable() : new Failed(`ClientError: Could not download ${inputLocation}: ${messageOf(error)}`);
    });
    if (bytes > limit) {
      content.destroy();
      throw new Failed(`ClientError: The input ${inputLocation} has ${bytes} bytes; at most ${limit} are allowed.`);
    }
    return { body: content, bytes };
  }

  /** Writes the answer to its place in S3 as it comes. */
  private async keep(incoming: IncomingMessage): Promise<AnswerForNotification> {
    const { outputLocation, kmsKeyId } = this.invocation;
    const contentType = incoming.headers["content-type"];
    const shown: Buffer[] = [];
    const isShown = wantsResponse(this.invocation, "SUCCESS", Number(incoming.headers["content-length"]));
    const call = this.calls.at(-1);
    const parts = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of call?.chunks(incoming) ?? []) {
        if (isShown) {
          shown.push(chunk);
        }
        yield chunk;
      }
    };
    if (outputLocation === undefined) {
      for await (const _ of parts()) {
        // Read for the notification, or to see it end well.
      }
    } else {
      await this.services.storage.write(outputLocation, Readable.from(parts()), { contentType, kmsKeyId }).catch((error: unknown) => {
        if (error instanceof ContainerFailure) {
          throw error;
        }
        throw isTemporary(error)
          ? new Unreachable()
          : new Failed(`ClientError: Could not upload to ${outputLocation}: ${messageOf(error)}`);
      });
    }
    return { contentType, ...(isShown ? { body: Buffer.concat(shown) } : {}) };
  }
}

/** The head of a container's good answer. Throws when it is none. */
async function answerOf(call: ContainerCall, { container }: Stage): Promise<IncomingMessage> {
  const incoming = await call.answer;
  const status = incoming.statusCode ?? 500;
  if (status < 200 || status > 299) {
    const kind = status >= 400 && status < 500 ? "client" : "server";
    const body = Buffer.from(await call.readError());
    // AWS calls a container that is alone the model here.
    throw new Failed(
      `ClientError: Received ${kind} error (${status}) from ${container === "primary" ? "model" : container}. ` +
        "See the SageMaker Endpoint logs in your account for more information.",
      { contentType: incoming.headers["content-type"], body },
      `Received ${kind} error (${status}) from ${container} with message "${body.toString("utf8").slice(0, mostLogged)}"`,
    );
  }
  if (incoming.headers["content-length"] === undefined) {
    call.cancel();
    throw new Failed(`ClientError: The response from container ${container} did not specify the required Content-Length header`);
  }
  return incoming;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether S3 did not answer, or answered that it cannot at the moment; what it refuses it will refuse again. */
function isTemporary(error: unknown): boolean {
  if (!(error instanceof Error) || !("$metadata" in error)) {
    return error instanceof Error && "code" in error;
  }
  const { httpStatusCode } = error.$metadata as { readonly httpStatusCode?: number };
  return httpStatusCode === undefined || httpStatusCode >= 500;
}
