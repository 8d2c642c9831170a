import { list, record, rule } from "../rule";

export const sagemakerEndpointInstances = rule({
  name: "sagemaker-endpoint-instances",
  description: "Variants on instances begin with two or more, so that one availability zone may fail.",
  severity: "medium",
  controls: ["Security Hub SageMaker.4", "Prowler sagemaker_endpoint_config_prod_variant_instances"],
  advisory: true,
  types: ["aws:sagemaker/endpointConfiguration:EndpointConfiguration"],
  faults: ({ productionVariants }) =>
    list(productionVariants)
      .map(record)
      .flatMap(({ variantName, instanceType, initialInstanceCount }, index) =>
        instanceType === undefined || Number(initialInstanceCount ?? 1) >= 2
          ? []
          : [
              `productionVariants[${index}].initialInstanceCount of ${String(variantName)} is ${Number(initialInstanceCount ?? 1)}; set 2 or more.`,
            ],
      ),
});
