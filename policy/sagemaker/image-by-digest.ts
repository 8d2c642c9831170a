import { list, record, rule } from "../rule";

export const sagemakerImageByDigest = rule({
  name: "sagemaker-image-by-digest",
  description: "Models and training jobs name their images by digest, so that what runs is what was tested.",
  severity: "medium",
  controls: [],
  advisory: true,
  types: ["aws:sagemaker/model:Model", "aws:sagemaker/trainingJob:TrainingJob"],
  faults: ({ primaryContainer, containers, algorithmSpecification }) =>
    [
      ["primaryContainer.image", record(primaryContainer).image] as const,
      ...list(containers).map((container, index) => [`containers[${index}].image`, record(container).image] as const),
      ["algorithmSpecification.trainingImage", record(algorithmSpecification).trainingImage] as const,
    ].flatMap(([path, image]) =>
      typeof image !== "string" || /@sha256:[0-9a-f]{64}$/.test(image)
        ? []
        : [`${path} is ${JSON.stringify(image)}; name it as <repository>@sha256:<digest>.`],
    ),
});
