"""Sends asynchronous requests with boto3 and reads their results; prints what it saw as JSON.

Arguments: endpoint URL, names of an asynchronous and of a synchronous endpoint of the runtime fixture, bucket.
"""

import json
import sys
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def refusal(call: Any, **arguments: Any) -> list[Any]:
    """Make a call that must fail; give code and status."""
    try:
        call(**arguments)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
    raise AssertionError("the call succeeded")


def main(endpoint_url: str, later: str, now: str, bucket: str) -> dict[str, Any]:
    """Send by S3 and inline, wait for the objects, fail."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-1")
    config = Config(retries={"max_attempts": 1, "mode": "standard"})
    runtime = session.client("sagemaker-runtime", endpoint_url=endpoint_url, config=config)
    s3 = session.client("s3", endpoint_url=endpoint_url, config=config)

    def text_at(uri: str) -> str:
        place, key = uri.removeprefix("s3://").split("/", 1)
        s3.get_waiter("object_exists").wait(Bucket=place, Key=key, WaiterConfig={"Delay": 0.2, "MaxAttempts": 300})
        text: str = s3.get_object(Bucket=place, Key=key)["Body"].read().decode()
        return text

    seen: dict[str, Any] = {}
    s3.put_object(Bucket=bucket, Key="boto3-async.csv", Body=b"1,2,3,4,5")
    answer = runtime.invoke_endpoint_async(
        EndpointName=later, InputLocation=f"s3://{bucket}/boto3-async.csv", ContentType="text/csv", InferenceId="from-boto3", RequestTTLSeconds=60
    )
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    seen["accepted"] = [status, answer["InferenceId"], answer["OutputLocation"], answer["FailureLocation"]]
    seen["result"] = json.loads(text_at(answer["OutputLocation"]))
    seen["inline"] = json.loads(text_at(runtime.invoke_endpoint_async(EndpointName=later, Body=b"inline")["OutputLocation"]))
    asked = json.dumps({"do": "status", "code": 400, "text": "the model said no"}).encode()
    seen["failed"] = text_at(runtime.invoke_endpoint_async(EndpointName=later, Body=asked)["FailureLocation"])
    seen["synchronous"] = refusal(runtime.invoke_endpoint, EndpointName=later, Body=b"x")
    seen["asynchronous"] = refusal(runtime.invoke_endpoint_async, EndpointName=now, Body=b"x")
    return seen


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
