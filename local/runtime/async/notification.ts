import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { AsyncInvocation } from "./async-store";

/** A response that is longer is left out of a notification. */
const maxIncludedBytes = 128 * 1_024;

/** What a container answered, as far as a notification may show it. */
export interface AnswerForNotification {
  readonly contentType?: string | undefined;
  readonly body?: Buffer | undefined;
}

/** Whether the answer of a request may have to be shown, so that it must be kept in memory. */
export function wantsResponse({ includeResponseIn }: AsyncInvocation, topic: "SUCCESS" | "ERROR", bytes: number): boolean {
  return includeResponseIn.includes(`${topic}_NOTIFICATION_TOPIC`) && bytes <= maxIncludedBytes;
}

/** The message of AWS's success topic. */
export function successMessage(invocation: AsyncInvocation, region: string, now: number, answer: AnswerForNotification): object {
  return {
    ...beginning(invocation, region, now, "Completed"),
    requestParameters: requestParameters(invocation),
    responseParameters: {
      ...(answer.contentType === undefined ? {} : { contentType: answer.contentType }),
      ...(invocation.outputLocation === undefined ? {} : { outputLocation: invocation.outputLocation }),
    },
    ...responseBody(invocation, "SUCCESS", answer),
    ...end(invocation),
  };
}

/** The message of AWS's error topic. */
export function errorMessage(
  invocation: AsyncInvocation,
  region: string,
  now: number,
  failureReason: string,
  answer: AnswerForNotification,
): object {
  return {
    ...beginning(invocation, region, now, "Failed"),
    failureReason,
    requestParameters: requestParameters(invocation),
    ...(invocation.failureLocation === undefined ? {} : { failureLocation: invocation.failureLocation }),
    ...responseBody(invocation, "ERROR", answer),
    ...end(invocation),
  };
}

/** Publishes to the SNS behind the local endpoint, each topic in its own region. */
export class Notifier {
  private readonly clients = new Map<string, SNSClient>();

  constructor(
    private readonly endpoint: string,
    private readonly log: (line: string) => void,
  ) {}

  /** Resolves whether or not the topic took it: a notification that cannot be delivered does not undo a result. */
  async publish(topicArn: string | undefined, message: object): Promise<void> {
    if (topicArn === undefined) {
      return;
    }
    const region = topicArn.split(":")[3] ?? "us-east-1";
    try {
      await this.client(region).send(new PublishCommand({ TopicArn: topicArn, Message: JSON.stringify(message) }));
    } catch (error) {
      this.log(`a notification could not be published to ${topicArn}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  close(): void {
    for (const client of this.clients.values()) {
      client.destroy();
    }
  }

  private client(region: string): SNSClient {
    let client = this.clients.get(region);
    if (client === undefined) {
      client = new SNSClient({ endpoint: this.endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
      this.clients.set(region, client);
    }
    return client;
  }
}

function beginning({ createdAt }: AsyncInvocation, awsRegion: string, now: number, invocationStatus: "Completed" | "Failed"): object {
  return { awsRegion, eventTime: new Date(now).toISOString(), receivedTime: new Date(createdAt).toISOString(), invocationStatus };
}

function requestParameters({ accept, contentType, customAttributes, endpoint, inputLocation }: AsyncInvocation): object {
  return {
    ...(accept === undefined ? {} : { accept }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(customAttributes === undefined ? {} : { customAttributes }),
    endpointName: endpoint,
    ...(inputLocation === undefined ? {} : { inputLocation }),
  };
}

function responseBody(invocation: AsyncInvocation, topic: "SUCCESS" | "ERROR", { body }: AnswerForNotification): object {
  return body !== undefined && wantsResponse(invocation, topic, body.length)
    ? { responseBody: { content: body.toString("base64"), encoding: "BASE64" } }
    : {};
}

function end({ inferenceId }: AsyncInvocation): object {
  return { inferenceId, eventVersion: "1.0", eventSource: "aws:sagemaker", eventName: "InferenceResult" };
}
