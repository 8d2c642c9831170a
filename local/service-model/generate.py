"""Write sagemaker.data.json: the request constraints of the SageMaker operations that the local endpoint serves.

AWS publishes the constraints (required members, patterns, lengths, ranges, enums) in the service model that botocore ships.
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


def main() -> None:
    """Generate the data file beside this script."""
    session = botocore.session.get_session()
    model: dict[str, Any] = session.get_data("sagemaker/2017-07-24/service-2")
    shapes: dict[str, Any] = {}
    pending = [model["operations"][name]["input"]["shape"] for name in OPERATIONS]
    while pending:
        name = pending.pop()
        if name not in shapes:
            shapes[name] = compact_shape(model["shapes"][name], pending)
    data = {
        "apiVersion": model["metadata"]["apiVersion"],
        "operations": {name: model["operations"][name]["input"]["shape"] for name in OPERATIONS},
        "knownOperations": sorted(model["operations"]),
        "shapes": {name: shapes[name] for name in sorted(shapes)},
    }
    target = Path(__file__).with_name("sagemaker.data.json")
    target.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
