/** What a failure's reason or log says when its cause is a known one, and what to do then. */
interface KnownCause {
  readonly sign: RegExp;
  readonly cure: string;
}

/** The first that fits is told; what a log says more exactly stands before what follows from it. */
export const knownCauses: readonly KnownCause[] = [
  { sign: /No module named '([\w.]+)'/, cure: "Add the package of module $1 to requirements.txt beside model.py, with its version." },
  {
    sign: /CUDA out of memory|CUDA error: out of memory/,
    cure: "The GPU's memory is too small: choose an instance with more of it, a smaller batch, or lower precision.",
  },
  {
    sign: /out of shared memory|insufficient shared memory|\/dev\/shm.*No space left|No space left on device.*shm/i,
    cure: "The shared memory (/dev/shm) is too small for the workers that load data: use fewer of them (num_workers=0), or a larger instance.",
  },
  {
    sign: /MemoryError|Cannot allocate memory|OutOfMemory|Out of memory|exit code 137|exit code: 137|oom-kill/i,
    cure: "Memory ran out: choose an instance (or memorySizeInMb) with more of it, or fewer workers in the container.",
  },
  {
    sign: /No space left on device/,
    cure: "The disk is full: raise volumeSizeInGb, or choose an instance type whose own disk is larger.",
  },
  {
    sign: /no (?:kernel image is available|CUDA-capable device)|CUDA driver version is insufficient|Torch not compiled with CUDA|libcuda\.so/i,
    cure: "The code wants a GPU that the instance does not have, or CUDA of another version: choose an instance type with a GPU, or a build of the framework for what is there.",
  },
  {
    sign: /exec: "?[\w./-]+"?: (?:executable file not found|no such file|permission denied)|unable to start container process|command not found$/i,
    cure: "The container's command cannot be started: the image must have an executable `serve` (and `train`) on PATH, or an ENTRYPOINT that exists in it.",
  },
  {
    sign: /Address already in use|EADDRINUSE/i,
    cure: "The port is taken inside the container: one program may listen on 8080 (SAGEMAKER_BIND_TO_PORT where it is set), and others on ports of their own.",
  },
  {
    sign: /exec format error/i,
    cure: "The image is for other processors than the instance has: set architecture to that of the instance type, or leave it out.",
  },
  {
    sign: /alarms?.* (?:were|was) triggered|went into ALARM/i,
    cure: "An alarm of the rollout went off, and the version before serves: aws cloudwatch describe-alarm-history shows what its metric did; correct the model, or the alarm's limit.",
  },
  {
    sign: /ResourceLimitExceeded|account-level service limit|service quota|LimitExceededException/i,
    cure: "The account's quota for this instance type is used up: ask for more in Service Quotas (SageMaker), or choose another type.",
  },
  {
    sign: /InsufficientInstanceCapacity|InsufficientCapacity|CapacityError|Unable to provision requested ML compute capacity|insufficient capacity/i,
    cure: "AWS has no such instance free now: run again later, choose another type, or subnets in further availability zones.",
  },
  {
    sign: /kms.*ResourceNotFound|KMSInvalidState|is pending deletion|key .* is disabled/i,
    cure: "The key is disabled or on its way out: aws kms describe-key shows its state; enable-key or cancel-key-deletion brings it back.",
  },
  {
    sign: /kms:\w+|KMSAccessDenied|AWS KMS|KMS key/i,
    cure: "The role may not use the key: the key's policy must admit the model's role (a key that the platform makes does).",
  },
  {
    sign: /CannotPullContainer|pull access denied|not authorized to perform: ecr:|(?:ECR|container|registry) image .*(?:not found|does not exist)|RepositoryNotFoundException|does not have permission to (?:access|pull)/i,
    cure: "The image cannot be pulled: it must be in the region, and the role and the repository's policy must allow it.",
  },
  {
    sign: /No (?:such file or directory|model (?:file )?found).*\/opt\/ml\/model|\/opt\/ml\/model\S*'?: No such file|FileNotFoundError.*\/opt\/ml\/model/i,
    cure: "The model's files are not where load() looks for them: what fit() saves below ctx.model_dir (/opt/ml/model) is what is served, with the same paths.",
  },
  {
    sign: /FileNotFoundError.*\/opt\/ml\/input\/data|No objects? found under|No S3 objects found under|S3 key: .* matches no files/i,
    cure: "The channel has no such data: aws s3 ls shows what is below its URI; in the container a channel is the folder /opt/ml/input/data/<channel>.",
  },
  {
    sign: /not authorized to perform: sts:AssumeRole|Could not assume role|cannot be assumed|InvalidExecutionRole/i,
    cure: "SageMaker may not take on the role: its trust must allow sagemaker.amazonaws.com, for this account; a role made moments ago may need another try.",
  },
  {
    sign: /not authorized to perform: iam:PassRole/i,
    cure: "Whoever deploys may not hand the role to SageMaker: it needs iam:PassRole on that role (a DeployerRole has it for its models).",
  },
  {
    sign: /Could not (?:find|access) model data|NoSuchKey|HeadObject.*404|not authorized to perform: s3:|S3\b.*(?:Access ?Denied|403 Forbidden)/i,
    cure: "The data is not there, or the role may not read it: aws s3 ls shows whether the object exists; paths outside the platform's bucket need a policy of their bucket.",
  },
  {
    sign: /MaxRuntimeExceeded|exceeded.*MaxRuntimeInSeconds|MaxWaitTimeExceeded/i,
    cure: "The time allowed ran out: raise maxRuntime (and maxWait on spot instances), or train on a larger instance.",
  },
  {
    sign: /name resolution|Name or service not known|Network is unreachable|Connection timed out|Connect(?:ion)? ?Timeout|Could not connect to the endpoint URL|Max retries exceeded with url/i,
    cure: "There is no way to that address from the platform's network: give the network natGateways, an endpoint for the service, or bring what is needed in the image.",
  },
  {
    sign: /subnets?.*(?:no|not enough|insufficient|free).*(?:IP|addresses)|InsufficientFreeAddressesInSubnet|ENILimit|network interface limit/i,
    cure: "The subnets have no free addresses: give the network more of them (cidrBlock, availabilityZones), or wait until other jobs have ended.",
  },
  {
    sign: /health ?check.*(?:time|within)|did not pass the ping health check/i,
    cure: "The container did not answer /ping in time: read its log for an error of load(); when it only loads slowly, raise startupTimeout.",
  },
];

/** The cure of the first known cause that a reason or a log, its last lines first, shows; undefined when there is none. */
export function likelyCure(reason: string, log: readonly string[]): string | undefined {
  const newest = [...log].reverse();
  for (const { sign, cure } of knownCauses) {
    for (const line of [...newest, reason]) {
      const match = sign.exec(line);
      if (match !== null) {
        return cure.replace("$1", match[1] ?? "");
      }
    }
  }
  return undefined;
}
