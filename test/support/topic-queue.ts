import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";

const credentials = { accessKeyId: "test", secretAccessKey: "test" };

/** What `ask` gives as soon as it gives anything. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("nothing came in 120 s");
}

/** A queue that gets the messages of topics without their envelopes. */
export class TopicQueue {
  private constructor(
    private readonly sqs: SQSClient,
    private readonly url: string,
  ) {}

  static async on(endpoint: string, topics: readonly (string | undefined)[]): Promise<TopicQueue> {
    const common = { endpoint, region: "us-east-1", credentials };
    const [sns, sqs] = [new SNSClient(common), new SQSClient(common)];
    const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "told" }));
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
    for (const TopicArn of topics) {
      const raw = { RawMessageDelivery: "true" };
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: Attributes?.QueueArn, Attributes: raw }));
    }
    sns.destroy();
    return new TopicQueue(sqs, QueueUrl);
  }

  /** One more message; none comes twice while it is invisible to others. */
  async next(): Promise<{ readonly invocationStatus: string }> {
    return until(async () => {
      const command = new ReceiveMessageCommand({ QueueUrl: this.url, MaxNumberOfMessages: 1, VisibilityTimeout: 600 });
      const body = (await this.sqs.send(command)).Messages?.[0]?.Body;
      return body === undefined ? undefined : (JSON.parse(body) as { invocationStatus: string });
    });
  }
}
