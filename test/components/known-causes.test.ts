import { describe, expect, test } from "vitest";
import { logLink } from "../../components/aws/log-link";
import { failureMessage } from "../../components/errors/gate-error";
import { knownCauses, likelyCure } from "../../components/errors/known-causes";

describe("the likely cure of a failure", () => {
  test.each([
    ["ModuleNotFoundError: No module named 'lightgbm'", "Add the package of module lightgbm to requirements.txt"],
    ["torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", "The GPU's memory is too small"],
    ["AlgorithmError: , exit code: 137", "Memory ran out"],
    ["OSError: [Errno 28] No space left on device", "The disk is full"],
    ["exec /usr/bin/python: exec format error", "The image is for other processors"],
    ["One or more configured alarms for automatic deployment rollback were triggered: iris-errors.", "An alarm of the rollout went off"],
    ["ResourceLimitExceeded: The account-level service limit 'ml.g5.xlarge for endpoint usage' is 0 Instances", "The account's quota"],
    ["CapacityError: Unable to provision requested ML compute capacity", "AWS has no such instance free now"],
    ["User is not authorized to perform: kms:Decrypt", "The role may not use the key"],
    ["CannotPullContainerError: pull access denied", "The image cannot be pulled"],
    ["Could not find model data at s3://b/model.tar.gz", "The data is not there"],
    [
      "RuntimeError: DataLoader worker (pid 31) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory",
      "The shared memory",
    ],
    ["RuntimeError: No CUDA-capable device is detected: no CUDA-capable device is detected", "wants a GPU that the instance does not have"],
    ["AssertionError: Torch not compiled with CUDA enabled", "wants a GPU that the instance does not have"],
    ['exec: "serve": executable file not found in $PATH: unknown', "an executable `serve`"],
    ["OSError: [Errno 98] Address already in use", "The port is taken inside the container"],
    ["KMSInvalidStateException: arn:aws:kms:eu-west-1:123456789012:key/1a is pending deletion.", "The key is disabled or on its way out"],
    ["FileNotFoundError: [Errno 2] No such file or directory: '/opt/ml/model/iris.joblib'", "not where load() looks for them"],
    ["FileNotFoundError: [Errno 2] No such file or directory: '/opt/ml/input/data/train/points.csv'", "The channel has no such data"],
    ['ClientError: Data download failed: NoSuchKey: no key, No S3 objects found under S3 URL "s3://b/p"', "The channel has no such data"],
    ["ValidationException: Could not assume role arn:aws:iam::123456789012:role/r.", "SageMaker may not take on the role"],
    ["User: arn:aws:iam::123456789012:user/ada is not authorized to perform: iam:PassRole on resource: r", "needs iam:PassRole"],
    ["ClientError: User is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k", "The data is not there, or the role"],
    ["User is not authorized to perform: ecr:BatchGetImage on resource: r", "The image cannot be pulled"],
    ["The subnets have no free IP addresses: InsufficientFreeAddressesInSubnet", "no free addresses"],
    [
      'botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL: "https://s3.eu-west-1.amazonaws.com"',
      "There is no way to that address",
    ],
    [
      "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='huggingface.co', port=443): Max retries exceeded with url: /gpt2",
      "There is no way to that address",
    ],
    ["InsufficientInstanceCapacity: no capacity", "AWS has no such instance free now"],
    ["MaxRuntimeExceeded: Training job runtime exceeded MaxRuntimeInSeconds provided", "The time allowed ran out"],
    ["[Errno -3] Temporary failure in name resolution", "There is no way to that address"],
    ["The primary container for production variant main did not pass the ping health check.", "The container did not answer /ping in time"],
  ])("is told by %s", (line, cure) => {
    expect(likelyCure(line, [])).toContain(cure);
    expect(likelyCure("failed", ["before", line, "after"])).toContain(cure);
  });

  test("is that of the log before that of the reason which follows from it, and unknown for anything else", () => {
    const reason = "The primary container for production variant main did not pass the ping health check.";
    expect(likelyCure(reason, ["ModuleNotFoundError: No module named 'shap.explainers'"])).toContain("module shap.explainers");
    expect(likelyCure("KeyError: 'lable'", ["Traceback"])).toBeUndefined();
    expect(new Set(knownCauses.map(({ cure }) => cure)).size).toBe(knownCauses.length);
  });

  test("takes the place of the catalogue's, and the link to the log stands below its place", () => {
    const failure = {
      code: "SLIP-2101" as const,
      sentence: "training job j failed: x",
      logTail: ["No module named 'a'"],
      logPlace: "log group g",
    };
    expect(failureMessage({ ...failure, logLink: "https://console" }).split("\n")).toEqual([
      "SLIP-2101 training job j failed: x",
      "  log  No module named 'a'",
      "  fix  Add the package of module a to requirements.txt beside model.py, with its version.",
      "  more log group g",
      "  more https://console",
    ]);
  });
});

describe("a link to a log", () => {
  test("is that of the console of the resource's partition and region, narrowed to the streams of a job", () => {
    expect(logLink("arn:aws:sagemaker:eu-west-1:123456789012:endpoint/shop-iris", "/aws/sagemaker/Endpoints/shop-iris")).toBe(
      "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FEndpoints$252Fshop-iris",
    );
    expect(logLink("arn:aws-cn:sagemaker:cn-north-1:123456789012:training-job/j", "/aws/sagemaker/TrainingJobs", "j/")).toBe(
      "https://console.amazonaws.cn/cloudwatch/home?region=cn-north-1#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FTrainingJobs$3FlogStreamNameFilter$3Dj$252F",
    );
  });

  test("is not told for the local platform, which has no console on AWS", () => {
    expect(logLink("arn:aws:sagemaker:us-east-1:000000000000:endpoint/x", "/g")).toBeUndefined();
    expect(logLink(undefined, "/g")).toBeUndefined();
  });
});
