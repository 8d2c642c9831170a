/** The account side of a container: which region, and how AWS SDKs inside reach the local endpoint. */
export interface ContainerEnvironmentOptions {
  readonly region: string;
  readonly endpointUrl: string;
}

/** Variables SageMaker's own machines provide through region and role; here they point at the local endpoint. */
export function platformEnvironment({ region, endpointUrl }: ContainerEnvironmentOptions): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
