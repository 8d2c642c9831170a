import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import { policyText } from "../policy-document";
import type { Context, ResourceSpec } from "../spec";
import { present, requiredText, text, type Values } from "../values";
import { tagList } from "./tag-list";

/** Provider property -> attribute of the API; all attributes are text. */
type Attributes = Readonly<Record<string, string>>;

function attributesOf(inputs: Values, names: Attributes): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([property, attribute]) => {
      const value = text(inputs, property);
      return value === undefined ? [] : [[attribute, value]];
    }),
  );
}

function propertiesOf(attributes: Readonly<Record<string, string>>, names: Attributes): Values {
  return present(Object.fromEntries(Object.entries(names).map(([property, attribute]) => [property, attributes[attribute]])));
}

const TOPIC: Attributes = {
  displayName: "DisplayName",
  policy: "Policy",
  kmsMasterKeyId: "KmsMasterKeyId",
  deliveryPolicy: "DeliveryPolicy",
};

/** The id is the ARN, as in the real provider. */
const topic: ResourceSpec = {
  type: "aws:sns/topic:Topic",
  autoname: { property: "name", maxLength: 256 },
  computed: ["arn", "owner"],
  async create(context, inputs) {
    const fifo = inputs.fifoTopic === true && { FifoTopic: "true" };
    const Attributes = { ...attributesOf(inputs, TOPIC), ...fifo };
    const Tags = tagList(allTags(inputs, context.defaultTags));
    const { TopicArn = "" } = await context.clients.sns.send(
      new sns.CreateTopicCommand({ Name: requiredText(inputs, "name"), Attributes, Tags }),
    );
    return { id: TopicArn, outputs: { arn: TopicArn, owner: context.account } };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.sns.send(new sns.GetTopicAttributesCommand({ TopicArn: id })));
    if (found === undefined) return undefined;
    return { ...propertiesOf(found.Attributes ?? {}, TOPIC), name: id.split(":").pop() ?? id, arn: id, owner: context.account };
  },
  async update(context, { id, news }) {
    for (const [AttributeName, AttributeValue] of Object.entries(attributesOf(news, TOPIC))) {
      await context.clients.sns.send(new sns.SetTopicAttributesCommand({ TopicArn: id, AttributeName, AttributeValue }));
    }
    return {};
  },
  async delete(context, id) {
    await orMissing(context.clients.sns.send(new sns.DeleteTopicCommand({ TopicArn: id })));
  },
};

const topicPolicy: ResourceSpec = {
  type: "aws:sns/topicPolicy:TopicPolicy",
  computed: ["owner"],
  check: (_context, inputs) => Promise.resolve({ ...inputs, policy: policyText(inputs.policy) }),
  async create(context, inputs) {
    await putTopicPolicy(context, inputs);
    return { id: requiredText(inputs, "arn"), outputs: { owner: context.account } };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.sns.send(new sns.GetTopicAttributesCommand({ TopicArn: id })));
    return found && present({ arn: id, policy: found.Attributes?.Policy, owner: context.account });
  },
  async update(context, { news }) {
    await putTopicPolicy(context, news);
    return {};
  },
  delete: () => Promise.resolve(),
};

async function putTopicPolicy(context: Context, inputs: Values): Promise<void> {
  const AttributeValue = requiredText(inputs, "policy");
  await context.clients.sns.send(
    new sns.SetTopicAttributesCommand({ TopicArn: requiredText(inputs, "arn"), AttributeName: "Policy", AttributeValue }),
  );
}

const SUBSCRIPTION: Attributes = {
  filterPolicy: "FilterPolicy",
  filterPolicyScope: "FilterPolicyScope",
  rawMessageDelivery: "RawMessageDelivery",
  redrivePolicy: "RedrivePolicy",
  deliveryPolicy: "DeliveryPolicy",
};

const subscription: ResourceSpec = {
  type: "aws:sns/topicSubscription:TopicSubscription",
  computed: ["arn", "ownerId", "pendingConfirmation", "confirmationWasAuthenticated"],
  async create(context, inputs) {
    const { SubscriptionArn = "" } = await context.clients.sns.send(
      new sns.SubscribeCommand({
        TopicArn: requiredText(inputs, "topic"),
        Protocol: requiredText(inputs, "protocol"),
        Endpoint: requiredText(inputs, "endpoint"),
        Attributes: attributesOf(inputs, SUBSCRIPTION),
        ReturnSubscriptionArn: true,
      }),
    );
    const outputs = { arn: SubscriptionArn, ownerId: context.account, pendingConfirmation: false, confirmationWasAuthenticated: true };
    return { id: SubscriptionArn, outputs };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.sns.send(new sns.GetSubscriptionAttributesCommand({ SubscriptionArn: id })));
    if (found === undefined) return undefined;
    const { TopicArn, Protocol, Endpoint } = found.Attributes ?? {};
    return {
      ...propertiesOf(found.Attributes ?? {}, SUBSCRIPTION),
      ...present({ topic: TopicArn, protocol: Protocol, endpoint: Endpoint, arn: id }),
    };
  },
  async update(context, { id, news }) {
    for (const [AttributeName, AttributeValue] of Object.entries(attributesOf(news, SUBSCRIPTION))) {
      await context.clients.sns.send(new sns.SetSubscriptionAttributesCommand({ SubscriptionArn: id, AttributeName, AttributeValue }));
    }
    return {};
  },
  async delete(context, id) {
    await orMissing(context.clients.sns.send(new sns.UnsubscribeCommand({ SubscriptionArn: id })));
  },
};

const QUEUE: Attributes = {
  delaySeconds: "DelaySeconds",
  maxMessageSize: "MaximumMessageSize",
  messageRetentionSeconds: "MessageRetentionPeriod",
  receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
  visibilityTimeoutSeconds: "VisibilityTimeout",
  redrivePolicy: "RedrivePolicy",
  kmsMasterKeyId: "KmsMasterKeyId",
  sqsManagedSseEnabled: "SqsManagedSseEnabled",
  policy: "Policy",
};

/** The id is the URL, as in the real provider. */
const queue: ResourceSpec = {
  type: "aws:sqs/queue:Queue",
  autoname: { property: "name", maxLength: 80 },
  computed: ["arn", "url"],
  async create(context, inputs) {
    const fifo = inputs.fifoQueue === true && { FifoQueue: "true" };
    const input = {
      QueueName: requiredText(inputs, "name"),
      Attributes: { ...attributesOf(inputs, QUEUE), ...fifo },
      tags: allTags(inputs, context.defaultTags),
    };
    const { QueueUrl = "" } = await context.clients.sqs.send(new sqs.CreateQueueCommand(input));
    return { id: QueueUrl, outputs: { url: QueueUrl, arn: queueArn(context, input.QueueName) } };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.sqs.send(new sqs.GetQueueAttributesCommand({ QueueUrl: id, AttributeNames: ["All"] })));
    if (found === undefined) return undefined;
    const name = id.split("/").pop() ?? id;
    return { ...propertiesOf(found.Attributes ?? {}, QUEUE), name, url: id, arn: queueArn(context, name) };
  },
  async update(context, { id, news }) {
    await context.clients.sqs.send(new sqs.SetQueueAttributesCommand({ QueueUrl: id, Attributes: attributesOf(news, QUEUE) }));
    return {};
  },
  async delete(context, id) {
    await orMissing(context.clients.sqs.send(new sqs.DeleteQueueCommand({ QueueUrl: id })));
  },
};

function queueArn({ partition, region, account }: Context, name: string): string {
  return `arn:${partition}:sqs:${region}:${account}:${name}`;
}

const queuePolicy: ResourceSpec = {
  type: "aws:sqs/queuePolicy:QueuePolicy",
  computed: [],
  check: (_context, inputs) => Promise.resolve({ ...inputs, policy: policyText(inputs.policy) }),
  async create(context, inputs) {
    await putQueuePolicy(context, requiredText(inputs, "queueUrl"), requiredText(inputs, "policy"));
    return { id: requiredText(inputs, "queueUrl"), outputs: {} };
  },
  async read(context, id) {
    const found = await orMissing(
      context.clients.sqs.send(new sqs.GetQueueAttributesCommand({ QueueUrl: id, AttributeNames: ["Policy"] })),
    );
    return found && present({ queueUrl: id, policy: found.Attributes?.Policy });
  },
  async update(context, { id, news }) {
    await putQueuePolicy(context, id, requiredText(news, "policy"));
    return {};
  },
  async delete(context, id) {
    await orMissing(putQueuePolicy(context, id, ""));
  },
};

async function putQueuePolicy(context: Context, QueueUrl: string, Policy: string): Promise<void> {
  await context.clients.sqs.send(new sqs.SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
}

export const messagingResources: readonly ResourceSpec[] = [topic, topicPolicy, subscription, queue, queuePolicy];
