"""Drives training, transform and processing jobs with boto3 and its waiters; prints what it saw as JSON.

Arguments: endpoint URL, image URI, bucket, role ARN. Nothing here knows that the endpoint is local but its URL.
"""

import json
import sys
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError

SOON = {"Delay": 0.2, "MaxAttempts": 450}
CLUSTER = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
SCRIPT = b"""
import os, pathlib, sys
base = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
rows = pathlib.Path(sys.argv[1]).joinpath("rows.csv").read_text()
pathlib.Path(sys.argv[2]).joinpath("count.txt").write_text(str(len(rows.splitlines())))
base.joinpath("output", "message").write_text("counted")
"""


def s3_source(uri: str) -> dict[str, Any]:
    """Name a prefix as training and transform jobs do."""
    return {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}


def train(sagemaker: Any, image: str, base: str, role: str) -> list[Any]:
    """Train on two instances with a pipe, spot and checkpoints."""
    channel = {"ChannelName": "train", "DataSource": s3_source(f"{base}/rows/"), "InputMode": "Pipe", "ContentType": "text/csv"}
    sagemaker.create_training_job(
        TrainingJobName="boto3-pipe",
        RoleArn=role,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        HyperParameters={"task": "pipes", "epochs": "1"},
        InputDataConfig=[channel],
        OutputDataConfig={"S3OutputPath": f"{base}/out"},
        ResourceConfig=CLUSTER,
        EnableManagedSpotTraining=True,
        CheckpointConfig={"S3Uri": f"{base}/checkpoints"},
        StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="boto3-pipe", WaiterConfig=SOON)
    job = sagemaker.describe_training_job(TrainingJobName="boto3-pipe")
    return [job["TrainingJobStatus"], job["EnableManagedSpotTraining"], job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"]]


def transform(sagemaker: Any, image: str, base: str, role: str, name: str, kind: str) -> dict[str, Any]:
    """Run a transform job over a model that answers as `kind` says."""
    container = {"Image": image, "Environment": {"TRANSFORM": kind}}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
    sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=name,
        TransformInput={"DataSource": s3_source(f"{base}/rows/"), "ContentType": "text/csv", "SplitType": "Line"},
        TransformOutput={"S3OutputPath": f"{base}/{name}", "AssembleWith": "Line", "Accept": "text/csv"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        DataProcessing={"JoinSource": "Input"},
        ModelClientConfig={"InvocationsMaxRetries": 0},
    )
    try:
        sagemaker.get_waiter("transform_job_completed_or_stopped").wait(TransformJobName=name, WaiterConfig=SOON)
    except WaiterError:
        pass
    job: dict[str, Any] = sagemaker.describe_transform_job(TransformJobName=name)
    return job


def process(sagemaker: Any, image: str, base: str, role: str) -> list[Any]:
    """Run a script over the rows."""
    local = "/opt/ml/processing"
    inputs = [
        {"InputName": name, "S3Input": {"S3Uri": f"{base}/{name}/", "LocalPath": f"{local}/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}}
        for name in ("code", "rows")
    ]
    output = {"OutputName": "count", "S3Output": {"S3Uri": f"{base}/count", "LocalPath": f"{local}/out", "S3UploadMode": "EndOfJob"}}
    sagemaker.create_processing_job(
        ProcessingJobName="boto3-processing",
        RoleArn=role,
        AppSpecification={
            "ImageUri": image,
            "ContainerEntrypoint": ["python3", f"{local}/code/script.py"],
            "ContainerArguments": [f"{local}/rows", f"{local}/out"],
        },
        ProcessingInputs=inputs,
        ProcessingOutputConfig={"Outputs": [output]},
        ProcessingResources={"ClusterConfig": {**CLUSTER, "InstanceCount": 1}},
    )
    sagemaker.get_waiter("processing_job_completed_or_stopped").wait(ProcessingJobName="boto3-processing", WaiterConfig=SOON)
    job = sagemaker.describe_processing_job(ProcessingJobName="boto3-processing")
    return [job["ProcessingJobStatus"], job["ExitMessage"]]


def main(endpoint_url: str, image: str, bucket: str, role: str) -> dict[str, Any]:
    """Run one job of each kind, and one that fails."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-1")
    sagemaker = session.client("sagemaker", endpoint_url=endpoint_url)
    s3 = session.client("s3", endpoint_url=endpoint_url)
    base = f"s3://{bucket}/boto3-jobs"
    s3.put_object(Bucket=bucket, Key="boto3-jobs/rows/rows.csv", Body=b"1,2\n3,4\n")
    s3.put_object(Bucket=bucket, Key="boto3-jobs/code/script.py", Body=SCRIPT)

    def text(key: str) -> str:
        body: bytes = s3.get_object(Bucket=bucket, Key=f"boto3-jobs/{key}")["Body"].read()
        return body.decode()

    seen: dict[str, Any] = {"training": train(sagemaker, image, base, role)}
    seen["transform"] = transform(sagemaker, image, base, role, "boto3-transform", "total")["TransformJobStatus"]
    seen["joined"] = text("boto3-transform/rows.csv.out")
    failed = transform(sagemaker, image, base, role, "boto3-refused", "die")
    seen["refused"] = [failed["TransformJobStatus"], failed["FailureReason"].split(".")[0]]
    seen["jobs"] = [job["TransformJobName"] for job in sagemaker.list_transform_jobs(SortBy="Name", SortOrder="Ascending")["TransformJobSummaries"]]
    seen["processing"] = process(sagemaker, image, base, role)
    seen["count"] = text("count/count.txt")
    try:
        sagemaker.describe_processing_job(ProcessingJobName="absent")
    except ClientError as error:
        seen["absent"] = error.response["Error"]["Code"]
    return seen


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
