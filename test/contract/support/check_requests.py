"""Check requests against AWS's own service models, with botocore's validator and with the limits it leaves to AWS.

Argument: a file of JSON lines, each with service, operation and input as JSON 1.1 sends it. botocore's validator looks for members that are missing,
unknown or of a wrong type, and for what is too small; maxima, enum values and patterns are looked for here. Prints the faults, one a line, and ends
with 1 when there are any.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator


def faults_of_limits(value: Any, shape: Shape, place: str) -> Iterator[str]:
    """Compare a value with the limits of its shape that botocore does not look at."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name, member in value.items():
            if name in shape.members:
                yield from faults_of_limits(member, shape.members[name], f"{place}.{name}")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        yield from faults_of_size(len(value), shape, place)
        for index, entry in enumerate(value):
            yield from faults_of_limits(entry, shape.member, f"{place}[{index}]")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        yield from faults_of_size(len(value), shape, place)
        for key, entry in value.items():
            yield from faults_of_limits(key, shape.key, f"{place}.{key}")
            yield from faults_of_limits(entry, shape.value, f"{place}.{key}")
    elif isinstance(shape, StringShape) and isinstance(value, str):
        yield from faults_of_size(len(value), shape, place)
        yield from faults_of_text(value, shape, place)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from faults_of_size(value, shape, place)


def faults_of_size(size: float, shape: Shape, place: str) -> Iterator[str]:
    """Compare a size or a number with the greatest that is allowed."""
    greatest = shape.metadata.get("max")
    if greatest is not None and size > greatest:
        yield f"{place}: {size} is more than {greatest}"


def faults_of_text(value: str, shape: StringShape, place: str) -> Iterator[str]:
    """Compare a text with its enum values and its pattern."""
    if shape.enum and value not in shape.enum:
        yield f"{place}: {value!r} is not one of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern is not None and "\\p" not in pattern and re.fullmatch(pattern, value) is None:
        yield f"{place}: {value!r} does not match {pattern}"


def faults_of(line: dict[str, Any]) -> Iterator[str]:
    """Compare one request with its operation."""
    model = botocore.session.get_session().get_service_model(line["service"])
    operation = line["operation"]
    shape = model.operation_model(operation).input_shape
    if shape is None:
        yield f"{operation}: takes no input"
        return
    report = ParamValidator().validate(line["input"], shape)
    if report.has_errors():
        yield f"{operation}: {report.generate_report()}"
    yield from faults_of_limits(line["input"], shape, operation)


def main() -> int:
    """Check the file that is named on the command line."""
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    faults = [fault for line in lines for fault in faults_of(json.loads(line))]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
