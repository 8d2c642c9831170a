"""Write the data files beside this script: the request constraints of the operations that the local endpoint serves.

AWS publishes the constraints (required members, patterns, lengths, ranges, enums) in the service models that botocore ships; for the
runtime, whose members travel in headers, also which header carries which member and the status of each error.
Run it with a Python that has botocore, from the root of the repository, and format the result:

    python local/service-model/generate.py && npx biome format --write local/service-model
"""

import json
from pathlib import Path
from typing import Any

import botocore.session

CRUD = ("Create", "Describe", "Update", "Delete")

OPERATIONS = [
    *(f"{verb}TrainingJob" for verb in ("Create", "Describe", "Update", "Stop", "Delete")),
    "ListTrainingJobs",
    *(f"{verb}TransformJob" for verb in ("Create", "Describe", "Stop")),
    "ListTransformJobs",
    *(f"{verb}ProcessingJob" for verb in ("Create", "Describe", "Stop", "Delete")),
    "ListProcessingJobs",
    *(f"{verb}Model" for verb in ("Create", "Describe", "Delete")),
    "ListModels",
    *(f"{verb}EndpointConfig" for verb in ("Create", "Describe", "Delete")),
    "ListEndpointConfigs",
    *(f"{verb}Endpoint" for verb in CRUD),
    "ListEndpoints",
    "UpdateEndpointWeightsAndCapacities",
    *(f"{verb}ModelPackageGroup" for verb in ("Create", "Describe", "Delete")),
    "ListModelPackageGroups",
    *(f"{verb}ModelPackageGroupPolicy" for verb in ("Put", "Get", "Delete")),
    *(f"{verb}ModelPackage" for verb in (*CRUD, "BatchDescribe")),
    "ListModelPackages",
    *(f"{verb}Domain" for verb in CRUD),
    "ListDomains",
    *(f"{verb}UserProfile" for verb in CRUD),
    "ListUserProfiles",
    *(f"{verb}Space" for verb in CRUD),
    "ListSpaces",
    *(f"{verb}App" for verb in ("Create", "Describe", "Delete")),
    "ListApps",
    "AddTags",
    "ListTags",
    "DeleteTags",
]
"""Operations whose requests are checked; a new handler needs its operation here."""

SCALING_OPERATIONS = [
    *(f"{verb}ScalableTarget" for verb in ("Register", "Deregister")),
    "DescribeScalableTargets",
    *(f"{verb}ScalingPolicy" for verb in ("Put", "Delete")),
    "DescribeScalingPolicies",
    "DescribeScalingActivities",
    *(f"{verb}ScheduledAction" for verb in ("Put", "Delete")),
    "DescribeScheduledActions",
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
]
"""The same, of Application Auto Scaling."""

CONSTRAINTS = ("type", "required", "min", "max", "pattern", "enum", "union", "sensitive")


def compact_shape(shape: dict[str, Any], pending: list[str]) -> dict[str, Any]:
    """Keep what validation needs of one shape, and queue the shapes it refers to."""
    compact = {key: shape[key] for key in CONSTRAINTS if key in shape}
    if "members" in shape:
        compact["members"] = {name: member["shape"] for name, member in shape["members"].items()}
        pending.extend(compact["members"].values())
    for edge in ("member", "key", "value"):
        if edge in shape:
            compact[edge] = shape[edge]["shape"]
            pending.append(compact[edge])
    return compact


def control_plane(model: dict[str, Any], served: list[str], prefix: str = "") -> dict[str, Any]:
    """Give the request shapes of the operations served, and the names of all; a prefix keeps shapes apart that services call alike."""
    pending = [model["operations"][name]["input"]["shape"] for name in served]
    shapes = reachable_shapes(model, pending)
    return {
        "apiVersion": model["metadata"]["apiVersion"],
        "operations": {name: prefix + model["operations"][name]["input"]["shape"] for name in served},
        "knownOperations": sorted(model["operations"]),
        "shapes": {prefix + name: prefixed(shape, prefix) for name, shape in shapes.items()},
    }


def prefixed(shape: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Put the prefix before the names that a shape refers to."""
    edges = {edge: prefix + shape[edge] for edge in ("member", "key", "value") if edge in shape}
    members = {"members": {name: prefix + member for name, member in shape["members"].items()}} if "members" in shape else {}
    return {**shape, **members, **edges}


def reachable_shapes(model: dict[str, Any], pending: list[str]) -> dict[str, Any]:
    """Compact the named shapes and all that they refer to."""
    shapes: dict[str, Any] = {}
    while pending:
        name = pending.pop()
        if name not in shapes:
            shapes[name] = compact_shape(model["shapes"][name], pending)
    return {name: shapes[name] for name in sorted(shapes)}


def runtime(model: dict[str, Any]) -> dict[str, Any]:
    """Give each operation's members with the headers that carry them, and its errors with their status (null: events of a stream)."""
    operations: dict[str, Any] = {}
    pending: list[str] = []
    for name, operation in model["operations"].items():
        members = model["shapes"][operation["input"]["shape"]]["members"]
        operations[name] = {
            "requestUri": operation["http"]["requestUri"],
            "responseCode": operation["http"].get("responseCode", 200),
            "members": {
                key: {"shape": member["shape"], **({"header": member["locationName"].lower()} if member.get("location") == "header" else {})}
                for key, member in members.items()
            },
            "responseHeaders": response_headers(model["shapes"][operation["output"]["shape"]]["members"]),
            "errors": {error["shape"]: model["shapes"][error["shape"]].get("error", {}).get("httpStatusCode") for error in operation["errors"]},
        }
        pending.extend(member["shape"] for member in members.values())
    return {"apiVersion": model["metadata"]["apiVersion"], "operations": operations, "shapes": reachable_shapes(model, pending)}


def response_headers(members: dict[str, Any]) -> dict[str, str]:
    """Give the header of each member of a response that travels in one."""
    return {key: member["locationName"].lower() for key, member in members.items() if member.get("location") == "header"}


def write(name: str, data: dict[str, Any]) -> None:
    """Write a data file beside this script."""
    Path(__file__).with_name(name).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Generate the data files."""
    session = botocore.session.get_session()
    write("sagemaker.data.json", control_plane(session.get_data("sagemaker/2017-07-24/service-2"), OPERATIONS))
    scaling = session.get_data("application-autoscaling/2016-02-06/service-2")
    write("application-autoscaling.data.json", control_plane(scaling, SCALING_OPERATIONS, "AutoScaling."))
    write("sagemaker-runtime.data.json", runtime(session.get_data("sagemaker-runtime/2017-05-13/service-2")))


if __name__ == "__main__":
    main()
