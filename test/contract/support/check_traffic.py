"""Check recorded answers of the local endpoint against AWS's own service models, with botocore's parsers.

Arguments: files that traffic-recorder.cjs wrote, or `--serve`. Every answer must parse; have no member, type or enum value that the model has not
and lack none that it requires; and every error code must be one the model gives the operation. Prints the faults, one a line, and ends with 1 when
there are any. With `--serve` it prints a port of 127.0.0.1, and answers each line that comes there, a JSON list of such files, with the JSON list
of their faults, until its standard input ends: the models are then read once for a whole run of tests.
"""

import base64
import json
import socketserver
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
from botocore.eventstream import EventStreamBuffer
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.parsers import create_parser

COMMON = "one of AWS's common errors, which its service models leave out"
KNOWN_CODES = {
    "ValidationException": COMMON,
    "ThrottlingException": COMMON,
    "InternalFailure": COMMON,
    "AccessDeniedException": COMMON + "; here the refusal of a foreign host, origin or machine",
    "UnknownOperationException": "of the protocol JSON 1.1: what X-Amz-Target names is not served",
    "SerializationException": "of the protocol JSON 1.1: a body that is not JSON, or a value of another type",
    "RequestEntityTooLargeException": "of AWS's front ends: a body larger than any request of the API",
}
"""Codes that no model has, for every operation, with the reason why they are right all the same."""

KNOWN_DIFFERENCES = {
    ("AddTags", "ResourceNotFound"): "the model gives the tag operations no errors; AWS answers so when there is no such resource",
    ("ListTags", "ResourceNotFound"): "as AddTags",
    ("DeleteTags", "ResourceNotFound"): "as AddTags",
}
"""Codes of the model that it does not give to this very operation, with the reason."""

KNOWN_ABSENT = {
    "DescribeTrainingJob.ModelArtifacts": "required by the model, and there is none before a job has left one: a made-up URL would be worse",
}
"""Members that the model requires and that are left out while there is nothing to say, with the reason."""

PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "blob": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
}


def faults_of_value(value: Any, shape: Shape, place: str) -> Iterator[str]:
    """Compare a JSON value with its shape, more strictly than a parser does."""
    if isinstance(shape, StructureShape):
        if not isinstance(value, dict):
            yield f"{place}: {value!r} is not an object"
            return
        for name in shape.required_members:
            if value.get(name) is None and f"{place}.{name}" not in KNOWN_ABSENT:
                yield f"{place}.{name}: required and not there"
        for name, member in value.items():
            if name not in shape.members:
                yield f"{place}.{name}: the model has no such member"
            elif member is None:
                yield f"{place}.{name}: null; what is not set is left out"
            else:
                yield from faults_of_value(member, shape.members[name], f"{place}.{name}")
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{place}: {value!r} is not a list"
            return
        for index, entry in enumerate(value):
            yield from faults_of_value(entry, shape.member, f"{place}[{index}]")
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield f"{place}: {value!r} is not an object"
            return
        for key, entry in value.items():
            yield from faults_of_value(entry, shape.value, f"{place}[{key!r}]")
    else:
        expected = PYTHON_TYPES[shape.type_name]
        if not isinstance(value, expected) or (isinstance(value, bool) and shape.type_name != "boolean"):
            yield f"{place}: {value!r} is not of type {shape.type_name}"
        enum = getattr(shape, "enum", [])
        if enum and value not in enum:
            yield f"{place}: {value!r} is not one of {enum}"


def faults_of_error(service: ServiceModel, record: dict[str, Any], body: bytes) -> Iterator[str]:
    """Check the code of an error, its HTTP status where the model has one, and the error's own members."""
    operation = record["operation"]
    parser = create_parser(service.metadata["protocol"])
    response = {"status_code": record["status"], "headers": record["headers"], "body": body}
    error = parser.parse(response, None)["Error"]
    code = error.get("Code")
    if not error.get("Message"):
        yield f"error {code} has no message"
    if code in KNOWN_CODES or (operation, code) in KNOWN_DIFFERENCES:
        return
    if operation not in service.operation_names:
        yield f"error {code}: the model has no operation {operation}"
        return
    modelled = {shape.name: shape for shape in service.operation_model(operation).error_shapes}
    if code not in modelled:
        yield f"error {code} is none of the operation's: {', '.join(modelled) or 'it has none'}"
        return
    status = modelled[code].metadata.get("error", {}).get("httpStatusCode", 400)
    if record["status"] != status:
        yield f"error {code} came with status {record['status']}; the model has {status}"


def faults_of_events(shape: StructureShape, body: bytes) -> Iterator[str]:
    """Decode an event stream and compare the events with the members of its shape."""
    buffer = EventStreamBuffer()
    buffer.add_data(body)
    for event in buffer:
        headers = event.headers
        name = headers.get(":event-type") or headers.get(":exception-type")
        if name not in shape.members:
            yield f"event {name!r} is not of the stream's: {', '.join(shape.members)}"


def faults_of_success(service: ServiceModel, record: dict[str, Any], body: bytes) -> Iterator[str]:
    """Check an answer with a status below 300."""
    operation = record["operation"]
    if operation not in service.operation_names:
        yield f"the model has no operation {operation}, and it was answered"
        return
    model = service.operation_model(operation)
    shape = model.output_shape
    headers = record["headers"]
    if not headers.get("x-amzn-requestid"):
        yield "there is no x-amzn-requestid"
    if model.has_event_stream_output:
        if shape is not None and record["whole"]:
            yield from faults_of_events(model.get_event_stream_output(), body)
        return
    if record["whole"]:
        create_parser(service.metadata["protocol"]).parse({"status_code": record["status"], "headers": headers, "body": body}, shape)
    if service.metadata["protocol"] != "json":
        payload = None if shape is None else shape.serialization.get("payload")
        if shape is not None and payload is None:
            members = {name: member for name, member in shape.members.items() if "location" not in member.serialization}
            given = json.loads(body or b"{}")
            yield from (f"{name}: the model has no such member" for name in given if name not in members)
        return
    if headers.get("content-type") != "application/x-amz-json-1.1":
        yield f"the content type is {headers.get('content-type')!r}"
    value = json.loads(body or b"{}")
    if shape is None:
        yield from (f"{name}: the operation answers nothing" for name in value)
    else:
        yield from faults_of_value(value, shape, operation)


def read_services() -> dict[str, ServiceModel]:
    """Read the models of the APIs that are recorded."""
    session = botocore.session.get_session()
    return {name: session.get_service_model(name) for name in ("sagemaker", "sagemaker-runtime", "application-autoscaling")}


def faults_of_files(services: dict[str, ServiceModel], files: list[str]) -> tuple[int, list[str]]:
    """Check all files; give the number of answers and their faults, each once."""
    faults: dict[str, int] = {}
    count = 0
    for record in (json.loads(line) for file in files for line in Path(file).read_text(encoding="utf-8").splitlines()):
        count += 1
        body = base64.b64decode(record["body"])
        check = faults_of_success if record["status"] < 300 else faults_of_error
        try:
            found = list(check(services[record["service"]], record, body))
        except Exception as error:  # whatever a parser throws is a fault of the answer
            found = [f"does not parse: {error!r}"]
        for fault in found:
            line = f"{record['operation']} {record['status']}: {fault}"
            faults[line] = faults.get(line, 0) + 1
    return count, [f"{fault} ({times} times)" if times > 1 else fault for fault, times in faults.items()]


def serve(services: dict[str, ServiceModel]) -> None:
    """Answer lists of files until standard input ends."""

    class Answer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _, faults = faults_of_files(services, json.loads(self.rfile.readline()))
            self.wfile.write(json.dumps(faults).encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()


def main(arguments: list[str]) -> int:
    """Check all files, or serve; give the exit code."""
    services = read_services()
    if arguments == ["--serve"]:
        serve(services)
        return 0
    count, faults = faults_of_files(services, arguments)
    for fault in faults:
        print(fault)
    print(f"{count} answers, {len(faults)} faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
