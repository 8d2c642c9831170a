import { type Accounts, deepLearningAccounts, sagemakerAccounts } from "./accounts.data";

/** The repositories served here. */
export interface FrameworkRepository {
  readonly repository: string;
  /** By region. */
  readonly accounts: Accounts;
  /** What the framework is called in messages. */
  readonly framework: string;
  /** Its name on PyPI. */
  readonly package: string;
  /** A tag that exists, for messages. */
  readonly exampleTag: string;
  /** Versions that a tag means without spelling them out; any other tag begins with its version. */
  readonly versions: Readonly<Record<string, string>>;
  /** What AWS's image has beside the framework, with the lowest versions that will do. */
  readonly beside: readonly string[];
}

const science = ["numpy>=1.21", "scipy>=1.7", "pandas>=1.3"];

const torch = {
  accounts: deepLearningAccounts,
  framework: "PyTorch",
  package: "torch",
  exampleTag: "2.1.0-cpu-py310",
  versions: {},
  beside: ["numpy>=1.24.1"],
};

export const frameworkRepositories: readonly FrameworkRepository[] = [
  {
    repository: "sagemaker-scikit-learn",
    accounts: sagemakerAccounts,
    framework: "scikit-learn",
    package: "scikit-learn",
    exampleTag: "1.2-1-cpu-py3",
    // A tag of these is the minor version and the number of AWS's image.
    versions: { "0.23-1": "0.23.2", "1.0-1": "1.0.2", "1.2-1": "1.2.1", "1.4-2": "1.4.2" },
    beside: science,
  },
  {
    repository: "sagemaker-xgboost",
    accounts: sagemakerAccounts,
    framework: "XGBoost",
    package: "xgboost",
    exampleTag: "1.7-1",
    versions: { "1.3-1": "1.3.3", "1.5-1": "1.5.2", "1.7-1": "1.7.4", "3.0-5": "3.0.5" },
    beside: [...science, "scikit-learn>=1.0"],
  },
  { repository: "pytorch-training", ...torch },
  { repository: "pytorch-inference", ...torch },
];

/** The account that holds a repository of AWS's in a region; undefined when AWS has it in none there. */
export function registryAccount(repository: string, region: string): string | undefined {
  const known = frameworkRepositories.find((each) => each.repository === repository)?.accounts;
  return (known ?? (repository.startsWith("sagemaker-") ? sagemakerAccounts : deepLearningAccounts))[region];
}
