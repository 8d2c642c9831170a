/**
 * The accounts that hold AWS's prebuilt framework images, of all regions, and the repositories served here. Source: the tables of
 * docs.aws.amazon.com/sagemaker/latest/dg-ecr-paths and of AWS's Deep Learning Containers, as the SageMaker Python SDK 2 has them.
 */

/** `sagemaker-scikit-learn` and `sagemaker-xgboost`: one account per region. */
const sagemakerAccounts = [
  ...["510948584623", "651117190479", "354813040037", "366743142698", "867004704886", "720646828776", "628508329040", "121021644041"],
  ...["783357654285", "951798379941", "106583098589", "341280168497", "190319476487", "450853457545", "451049120500", "492215442770"],
  ...["680994064768", "662702820516", "978288397137", "104374241257", "141502667606", "764974769150", "659782779980", "898809789911"],
  ...["272398656194", "801668240914", "737474898029", "683313688378", "257758044811", "237065988967", "414596584902", "833128469047"],
  ...["281123927165", "746614075791", "246618743249"],
] as const;

/** Deep Learning Containers: one account for most regions. */
const deepLearningAccounts = [
  ...["763104351884", "626614931356", "871362719292", "364406365360", "727897471807", "692866216735", "217643126080", "442386744353"],
  ...["886529160074"],
] as const;

export interface FrameworkRepository {
  readonly repository: string;
  readonly accounts: readonly string[];
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
