import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Region } from "../control-plane/region";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { LiveEndpoint } from "../hosting/live-endpoint";
import { servingEndpoint, targetContainer } from "./admission";
import type { AsyncQueues } from "./async/async-queues";
import type { AsyncInvocation } from "./async/async-store";
import { resultLocations } from "./async/locations";
import type { RuntimeLimits } from "./limits";
import { ClientGone, readBody } from "./request-body";
import { type RequestMembers, readMembers } from "./request-members";
import { sendRuntimeError, validationError } from "./runtime-error";

/** Seconds a request may wait, and may be worked on, when it does not say. */
const usualTtlSeconds = 21_600;
const usualTimeoutSeconds = 900;

export interface AsyncOptions {
  readonly endpoints: EndpointHost;
  readonly queues: AsyncQueues;
  readonly limits: RuntimeLimits;
  readonly now: () => number;
}

/** InvokeEndpointAsync: accepts a request, and tells where its result will be. */
export class InvokeEndpointAsync {
  private accepted = 0;

  constructor(private readonly options: AsyncOptions) {}

  async handle(region: Region, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const members = readMembers("InvokeEndpointAsync", name, request.headers);
      const { config, variants } = servingEndpoint(this.options.endpoints, region, name, "asynchronous");
      for (const variant of variants) {
        targetContainer(variant, name, members);
      }
      const body = await readBody(request, this.options.limits.asyncBodyBytes);
      if ((members.InputLocation === undefined) === (body.length === 0)) {
        throw validationError("Exactly one of InputLocation and Body must be provided.");
      }
      const invocation = this.invocation(region, name, config, members);
      await this.options.queues.accept(region, invocation, members.InputLocation === undefined ? body : undefined);
      answer(response, invocation);
    } catch (error) {
      request.resume();
      if (!(error instanceof ClientGone)) {
        sendRuntimeError(response, error);
      }
    }
  }

  private invocation(region: Region, name: string, config: LiveEndpoint["config"], members: RequestMembers): AsyncInvocation {
    const now = this.options.now();
    const output = config.request.AsyncInferenceConfig?.OutputConfig;
    const inferenceId = members.InferenceId ?? randomUUID();
    const { SuccessTopic, ErrorTopic, IncludeInferenceResponseIn } = output?.NotificationConfig ?? {};
    return {
      key: `${now.toString(36).padStart(9, "0")}-${String(this.accepted++).padStart(9, "0")}-${randomUUID()}`,
      createdAt: now,
      inferenceId,
      endpoint: name,
      endpointCreatedAt: region.endpoints.get(name)?.createdAt ?? 0,
      ...(members.ContentType === undefined ? {} : { contentType: members.ContentType }),
      ...(members.Accept === undefined ? {} : { accept: members.Accept }),
      ...(members.CustomAttributes === undefined ? {} : { customAttributes: members.CustomAttributes }),
      ...(members.InputLocation === undefined ? {} : { inputLocation: members.InputLocation }),
      ...resultLocations(output, { inferenceId, extension: members.S3OutputPathExtension, filename: members.Filename }),
      ...(output?.KmsKeyId === undefined ? {} : { kmsKeyId: output.KmsKeyId }),
      ...(SuccessTopic === undefined ? {} : { successTopic: SuccessTopic }),
      ...(ErrorTopic === undefined ? {} : { errorTopic: ErrorTopic }),
      includeResponseIn: IncludeInferenceResponseIn ?? [],
      expiresAt: now + Number(members.RequestTTLSeconds ?? usualTtlSeconds) * 1_000,
      timeoutMilliseconds: Number(members.InvocationTimeoutSeconds ?? usualTimeoutSeconds) * 1_000,
    };
  }
}

function answer(response: ServerResponse, { inferenceId, outputLocation, failureLocation }: AsyncInvocation): void {
  const body = JSON.stringify({ InferenceId: inferenceId });
  response.writeHead(202, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-amzn-requestid": randomUUID(),
    ...(outputLocation === undefined ? {} : { "x-amzn-sagemaker-outputlocation": outputLocation }),
    ...(failureLocation === undefined ? {} : { "x-amzn-sagemaker-failurelocation": failureLocation }),
  });
  response.end(body);
}
