import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect } from "vitest";
import { region } from "./platform";

/** Waits for an object, and gives its text and content type. */
export async function objectAt(
  s3: S3Client,
  uri: string | undefined,
): Promise<{ readonly text: string; readonly contentType: string | undefined }> {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri ?? "") ?? [];
  let found: { text: string; contentType: string | undefined } | undefined;
  await expect
    .poll(
      async () => {
        const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })).catch(() => undefined);
        found = object && { text: (await object.Body?.transformToString()) ?? "", contentType: object.ContentType };
        return found !== undefined;
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  if (found === undefined) {
    throw new Error(`${uri} is not there`);
  }
  return found;
}

/** A topic with a queue that gathers its messages. */
export class Topic {
  private constructor(
    readonly arn: string,
    private readonly queueUrl: string,
    private readonly sqs: SQSClient,
    private readonly sns: SNSClient,
  ) {}

  static async create(endpoint: string, name: string): Promise<Topic> {
    const common = { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
    const [sns, sqs] = [new SNSClient(common), new SQSClient(common)];
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: name }));
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
    await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: Attributes?.QueueArn, Attributes: { RawMessageDelivery: "true" } }),
    );
    return new Topic(TopicArn, QueueUrl, sqs, sns);
  }

  /** Waits for the message about an inference; messages about others are dropped. */
  message(inferenceId: string | undefined): Promise<Record<string, unknown>> {
    return this.first((message) => message.inferenceId === inferenceId);
  }

  /** Waits for a message; others are dropped. */
  async first(isWanted: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    let found: Record<string, unknown> | undefined;
    await expect
      .poll(
        async () => {
          const { Messages = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl: this.queueUrl, MaxNumberOfMessages: 10 }));
          for (const { Body = "{}", ReceiptHandle } of Messages) {
            await this.sqs.send(new DeleteMessageCommand({ QueueUrl: this.queueUrl, ReceiptHandle }));
            const message: Record<string, unknown> = JSON.parse(Body);
            found = isWanted(message) ? message : found;
          }
          return found !== undefined;
        },
        { timeout: 60_000 },
      )
      .toBe(true);
    return found ?? {};
  }

  close(): void {
    this.sqs.destroy();
    this.sns.destroy();
  }
}
