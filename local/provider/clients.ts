import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import { SageMakerClient } from "@aws-sdk/client-sagemaker";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";

/** One AWS SDK client per service, all on the local endpoint; a client is made when it is first used. */
export class Clients {
  readonly #made = new Map<string, unknown>();
  readonly #options;

  constructor(endpointUrl: string, region: string) {
    this.#options = { endpoint: endpointUrl, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  }

  get apigateway(): ApiGatewayV2Client {
    return this.#once("apigateway", () => new ApiGatewayV2Client(this.#options));
  }
  get cloudwatch(): CloudWatchClient {
    return this.#once("cloudwatch", () => new CloudWatchClient(this.#options));
  }
  get ecr(): ECRClient {
    return this.#once("ecr", () => new ECRClient(this.#options));
  }
  get iam(): IAMClient {
    return this.#once("iam", () => new IAMClient(this.#options));
  }
  get kms(): KMSClient {
    return this.#once("kms", () => new KMSClient(this.#options));
  }
  get lambda(): LambdaClient {
    return this.#once("lambda", () => new LambdaClient(this.#options));
  }
  get logs(): CloudWatchLogsClient {
    return this.#once("logs", () => new CloudWatchLogsClient(this.#options));
  }
  get restapi(): APIGatewayClient {
    return this.#once("restapi", () => new APIGatewayClient(this.#options));
  }
  get s3(): S3Client {
    return this.#once("s3", () => new S3Client({ ...this.#options, forcePathStyle: true }));
  }
  get sagemaker(): SageMakerClient {
    return this.#once("sagemaker", () => new SageMakerClient(this.#options));
  }
  get scaling(): ApplicationAutoScalingClient {
    return this.#once("scaling", () => new ApplicationAutoScalingClient(this.#options));
  }
  get sns(): SNSClient {
    return this.#once("sns", () => new SNSClient(this.#options));
  }
  get sqs(): SQSClient {
    return this.#once("sqs", () => new SQSClient({ ...this.#options, useQueueUrlAsEndpoint: false }));
  }
  get ssm(): SSMClient {
    return this.#once("ssm", () => new SSMClient(this.#options));
  }

  #once<Client>(service: string, make: () => Client): Client {
    const made = this.#made.get(service) as Client | undefined;
    if (made !== undefined) return made;
    const client = make();
    this.#made.set(service, client);
    return client;
  }
}
