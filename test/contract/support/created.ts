import {
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DeleteModelPackageCommand,
  DeleteModelPackageGroupCommand,
  paginateListModelPackages,
  type SageMakerClient,
} from "@aws-sdk/client-sagemaker";

/** What a client has created, so that it can be deleted again where nothing else empties the account. */
export class Created {
  private readonly requests: { readonly command: string; readonly input: Readonly<Record<string, unknown>> }[] = [];

  constructor(private readonly client: SageMakerClient) {
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args);
          if (commandName?.startsWith("Create") === true) {
            this.requests.push({ command: commandName, input: args.input as Readonly<Record<string, unknown>> });
          }
          return answer;
        },
      { step: "initialize", name: "created" },
    );
  }

  /** Deletes all of it, the last first; what a test has deleted itself is gone already. */
  async delete(): Promise<void> {
    for (const { command, input } of this.requests.reverse()) {
      await this.deleteOne(command, input).catch(() => undefined);
    }
  }

  private async deleteOne(command: string, input: Readonly<Record<string, unknown>>): Promise<void> {
    const name = (member: string): string => String(input[member]);
    switch (command) {
      case "CreateModelCommand":
        await this.client.send(new DeleteModelCommand({ ModelName: name("ModelName") }));
        return;
      case "CreateEndpointConfigCommand":
        await this.client.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name("EndpointConfigName") }));
        return;
      case "CreateEndpointCommand":
        await this.client.send(new DeleteEndpointCommand({ EndpointName: name("EndpointName") }));
        return;
      case "CreateModelPackageGroupCommand":
        await this.deletePackages(name("ModelPackageGroupName"));
        await this.client.send(new DeleteModelPackageGroupCommand({ ModelPackageGroupName: name("ModelPackageGroupName") }));
        return;
      case "CreateModelPackageCommand":
        if (input.ModelPackageName !== undefined) {
          await this.client.send(new DeleteModelPackageCommand({ ModelPackageName: name("ModelPackageName") }));
        }
        return;
      default:
        throw new Error(`${command}: say here how what it creates is deleted`);
    }
  }

  private async deletePackages(ModelPackageGroupName: string): Promise<void> {
    for await (const { ModelPackageSummaryList } of paginateListModelPackages({ client: this.client }, { ModelPackageGroupName })) {
      for (const { ModelPackageArn } of ModelPackageSummaryList ?? []) {
        await this.client.send(new DeleteModelPackageCommand({ ModelPackageName: ModelPackageArn }));
      }
    }
  }
}
