import { setTimeout as sleep } from "node:timers/promises";
import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import { StorageError } from "./errors";
import { accessDenied, describe, isConnectionFailure, isDenied } from "./service-errors";

/** What the topics tell of a finished request. */
export interface Notification {
  readonly status: "Completed" | "Failed";
  readonly reason: string | undefined;
}

interface Waiter {
  settle(notification: Notification): void;
  fail(error: unknown): void;
}

/**
 * Receives the messages of one queue for all who wait: one receiver at a time, and only while somebody waits. Every message is deleted, also one about a
 * request that nobody waits for: whoever waits looks into S3 first.
 */
export class ResultQueue {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private idle = new AbortController();
  private isReceiving = false;

  constructor(
    private readonly url: string,
    private readonly client: () => Promise<SQSClient>,
  ) {}

  /** Resolves with the message about an inference. It neither resolves nor rejects after the signal has ended it. */
  message(inferenceId: string, signal: AbortSignal): Promise<Notification> {
    const told = new Promise<Notification>((settle, fail) => {
      const waiter = { settle, fail };
      const waiters = this.waiters.get(inferenceId) ?? new Set();
      this.waiters.set(inferenceId, waiters.add(waiter));
      signal.addEventListener("abort", () => this.leave(inferenceId, waiter), { once: true });
    });
    // It may be rejected while its waiter looks into S3.
    told.catch(() => undefined);
    if (!this.isReceiving) void this.receive();
    return told;
  }

  private leave(inferenceId: string, waiter: Waiter): void {
    const waiters = this.waiters.get(inferenceId);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.waiters.delete(inferenceId);
    if (this.waiters.size === 0) this.idle.abort();
  }

  private async receive(): Promise<void> {
    this.isReceiving = true;
    this.idle = new AbortController();
    while (this.waiters.size > 0) {
      try {
        await this.receiveOnce(this.idle.signal);
      } catch (error) {
        if (this.idle.signal.aborted) {
          // Somebody may have come to wait since the last one left.
          this.idle = new AbortController();
          continue;
        }
        if (isConnectionFailure(error) || (describe(error).status ?? 0) >= 500)
          await sleep(1_000, undefined, { signal: this.idle.signal }).catch(() => undefined);
        else this.failAll(error);
      }
    }
    this.isReceiving = false;
  }

  private async receiveOnce(signal: AbortSignal): Promise<void> {
    const [{ DeleteMessageBatchCommand, ReceiveMessageCommand }, sqs] = await Promise.all([import("@aws-sdk/client-sqs"), this.client()]);
    const input = { QueueUrl: this.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input), { abortSignal: signal });
    if (Messages.length === 0) return;
    for (const message of Messages) this.tell(message);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries }));
  }

  private tell({ Body = "" }: Message): void {
    const notification = readNotification(Body);
    if (notification === undefined) return;
    for (const waiter of this.waiters.get(notification.inferenceId) ?? []) waiter.settle(notification);
    this.waiters.delete(notification.inferenceId);
  }

  private failAll(error: unknown): void {
    const { code, message } = describe(error);
    const told = isDenied(error)
      ? accessDenied(`${code} at ${this.url}: ${message}.`, "sqs:ReceiveMessage and sqs:DeleteMessage on the queue", error)
      : new StorageError(`${code}: ${message}.`, `It was to receive messages of ${this.url}: look at queueUrl.`, code, { cause: error });
    for (const waiter of [...this.waiters.values()].flatMap((waiters) => [...waiters])) waiter.fail(told);
    this.waiters.clear();
  }
}

/** A message as SageMaker publishes it, alone (raw delivery) or inside SNS's envelope; undefined for anything else. */
export function readNotification(body: string): (Notification & { readonly inferenceId: string }) | undefined {
  const outer = parse(body);
  const told = typeof outer?.Message === "string" ? parse(outer.Message) : outer;
  if (typeof told?.inferenceId !== "string" || (told.invocationStatus !== "Completed" && told.invocationStatus !== "Failed"))
    return undefined;
  const reason = typeof told.failureReason === "string" ? told.failureReason : undefined;
  return { inferenceId: told.inferenceId, status: told.invocationStatus, reason };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
