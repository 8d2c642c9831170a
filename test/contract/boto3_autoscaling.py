"""Scales an endpoint's variant with boto3 as any Python user does; prints what it saw as JSON.

Arguments: endpoint URL, name of an endpoint with a variant `primary`.
"""

import json
import sys
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def refusal(call: Any, **arguments: Any) -> list[Any]:
    """Make a call that must fail; give code and message."""
    try:
        call(**arguments)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"]]
    raise AssertionError("the call succeeded")


def main(endpoint_url: str, endpoint: str) -> dict[str, Any]:
    """Register, put, describe, tag, fail, delete."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-1")
    scaling = session.client("application-autoscaling", endpoint_url=endpoint_url, config=Config(retries={"max_attempts": 1, "mode": "standard"}))
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/primary",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    seen: dict[str, Any] = {}
    seen["unregistered"] = refusal(scaling.put_scaling_policy, **target, PolicyName="early")
    arn = scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2, Tags={"team": "data"})["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"stage": "test"})
    seen["tags"] = scaling.list_tags_for_resource(ResourceARN=arn)["Tags"]
    scaling.put_scaling_policy(
        **target,
        PolicyName="per-instance",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        },
    )
    pages = scaling.get_paginator("describe_scaling_policies").paginate(ServiceNamespace="sagemaker", ResourceId=target["ResourceId"])
    seen["policies"] = [
        [policy["PolicyName"], policy["PolicyType"], policy["CreationTime"].tzinfo is not None]
        for page in pages
        for policy in page["ScalingPolicies"]
    ]
    [described] = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[target["ResourceId"]])["ScalableTargets"]
    seen["target"] = [described["MinCapacity"], described["MaxCapacity"], described["ScalableTargetARN"] == arn]
    seen["zero"] = refusal(scaling.register_scalable_target, **target, MinCapacity=0)[0]
    seen["foreign"] = refusal(scaling.describe_scalable_targets, ServiceNamespace="ecs")[0]
    scaling.deregister_scalable_target(**target)
    seen["gone"] = scaling.describe_scaling_policies(ServiceNamespace="sagemaker", ResourceId=target["ResourceId"])["ScalingPolicies"]
    seen["twice"] = refusal(scaling.deregister_scalable_target, **target)[0]
    return seen


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
