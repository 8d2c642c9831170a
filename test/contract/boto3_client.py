"""Drives the local endpoint with boto3 as any Python user does; prints what it saw as JSON.

Arguments: endpoint URL, image URI, bucket, role ARN. Nothing here knows that the endpoint is local but its URL.
"""

import json
import sys
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def error_of(call: Any, **arguments: Any) -> dict[str, Any]:
    """Make a call that must fail; give AWS's code, message and HTTP status, and the members of the error."""
    try:
        call(**arguments)
    except ClientError as error:
        detail = error.response["Error"]
        return {
            "code": detail["Code"],
            "message": detail["Message"],
            "status": error.response["ResponseMetadata"]["HTTPStatusCode"],
            "original": error.response.get("OriginalStatusCode"),
            "text": error.response.get("OriginalMessage"),
        }
    raise AssertionError("the call succeeded")


def main(endpoint_url: str, image: str, bucket: str, role: str) -> dict[str, Any]:
    """Train, deploy, invoke, fail, delete."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-1")
    config = Config(retries={"max_attempts": 1, "mode": "standard"})
    sagemaker = session.client("sagemaker", endpoint_url=endpoint_url, config=config)
    runtime = session.client("sagemaker-runtime", endpoint_url=endpoint_url, config=config)
    s3 = session.client("s3", endpoint_url=endpoint_url, config=config)
    seen: dict[str, Any] = {}

    s3.put_object(Bucket=bucket, Key="boto3/train/rows.csv", Body=b"1,2\n")
    sagemaker.create_training_job(
        TrainingJobName="boto3-job",
        RoleArn=role,
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"},
        HyperParameters={"epochs": "2"},
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/boto3/train"}}}],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/boto3/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
        Tags=[{"Key": "team", "Value": "data"}],
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="boto3-job", WaiterConfig={"Delay": 0.2, "MaxAttempts": 300})
    job = sagemaker.describe_training_job(TrainingJobName="boto3-job")
    seen["job"] = [job["TrainingJobStatus"], job["SecondaryStatus"], job["ModelArtifacts"]["S3ModelArtifacts"]]
    seen["jobTimes"] = job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"]
    seen["tags"] = sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]

    sagemaker.create_model(
        ModelName="boto3-model",
        ExecutionRoleArn=role,
        PrimaryContainer={"Image": image, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"], "Environment": {"VERSION": "1"}},
    )
    variant = {"VariantName": "primary", "ModelName": "boto3-model", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="boto3-config", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="boto3-endpoint", EndpointConfigName="boto3-config")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="boto3-endpoint", WaiterConfig={"Delay": 0.2, "MaxAttempts": 300})
    seen["endpoints"] = [endpoint["EndpointName"] for endpoint in sagemaker.list_endpoints()["Endpoints"]]

    answer = runtime.invoke_endpoint(EndpointName="boto3-endpoint", ContentType="application/json", Body=b'{"a": 1}')
    body = json.loads(answer["Body"].read())
    seen["invocation"] = [answer["InvokedProductionVariant"], answer["ContentType"], body["body"], body["model"]["parameters"]]

    invoke = runtime.invoke_endpoint
    seen["modelError"] = error_of(invoke, EndpointName="boto3-endpoint", ContentType="fault/422", Body=b"x")
    seen["unknownEndpoint"] = error_of(invoke, EndpointName="absent", ContentType="text/plain", Body=b"x")
    seen["oversize"] = error_of(invoke, EndpointName="boto3-endpoint", ContentType="text/plain", Body=b"x" * 6_291_457)
    seen["describeUnknown"] = error_of(sagemaker.describe_endpoint, EndpointName="absent")
    seen["duplicate"] = error_of(sagemaker.create_endpoint, EndpointName="boto3-endpoint", EndpointConfigName="boto3-config")
    seen["badName"] = error_of(sagemaker.describe_endpoint, EndpointName="not_a_name")

    sagemaker.delete_endpoint(EndpointName="boto3-endpoint")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="boto3-endpoint", WaiterConfig={"Delay": 0.2, "MaxAttempts": 300})
    sagemaker.delete_endpoint_config(EndpointConfigName="boto3-config")
    sagemaker.delete_model(ModelName="boto3-model")
    sagemaker.delete_training_job(TrainingJobName="boto3-job")

    domain = sagemaker.create_domain(DomainName="studio", AuthMode="IAM", DefaultUserSettings={"ExecutionRole": role})
    domain_id = domain["DomainArn"].split("/")[1]
    sagemaker.create_user_profile(DomainId=domain_id, UserProfileName="ada")
    described = sagemaker.describe_user_profile(DomainId=domain_id, UserProfileName="ada")
    seen["domain"] = [sagemaker.describe_domain(DomainId=domain_id)["Status"], described["Status"]]
    seen["domainInUse"] = error_of(sagemaker.delete_domain, DomainId=domain_id)["code"]
    sagemaker.delete_user_profile(DomainId=domain_id, UserProfileName="ada")
    sagemaker.delete_domain(DomainId=domain_id)
    seen["domainGone"] = error_of(sagemaker.describe_domain, DomainId=domain_id)["code"]
    return seen


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
