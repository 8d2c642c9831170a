import { belongingTo } from "../related";
import { stackRule } from "../rule";

export const ecrLifecycle = stackRule({
  name: "ecr-lifecycle",
  description: "Every ECR repository has a lifecycle policy, so that images nobody uses do not pile up with their vulnerabilities.",
  severity: "low",
  controls: ["Security Hub ECR.3"],
  types: ["aws:ecr/repository:Repository"],
  faults: (repository, all) =>
    belongingTo(repository, all, ["aws:ecr/lifecyclePolicy:LifecyclePolicy"], "repository", "name").length > 0
      ? []
      : ["has no LifecyclePolicy; create one that expires images without a tag."],
});
