import type { CreateProcessingJobCommandInput, CreateTransformJobCommandInput } from "@aws-sdk/client-sagemaker";
import type { StoredResource } from "../state/resource-store";

/** The states that transform and processing jobs have in common. */
export type JobStatus = "InProgress" | "Completed" | "Failed" | "Stopping" | "Stopped";

/** What is kept of a transform or processing job. Times are milliseconds since the epoch. */
export interface JobRecord<Request> extends StoredResource {
  readonly name: string;
  readonly arn: string;
  readonly request: Request;
  readonly status: JobStatus;
  readonly modifiedAt: number;
  /** When its containers began to work. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly failureReason?: string;
  readonly exitMessage?: string;
}

export type TransformJobRecord = JobRecord<CreateTransformJobCommandInput>;
export type ProcessingJobRecord = JobRecord<CreateProcessingJobCommandInput>;
