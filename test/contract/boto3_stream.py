"""Reads streamed answers with boto3 as they come; prints what it saw as JSON.

Arguments: endpoint URL, name of an endpoint of the runtime fixture, the fixture's control folder.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError


def open_gate(folder: Path, gate: str) -> None:
    """Wait until a request is at the gate, then let it through."""
    while not (folder / f"{gate}.waiting").exists():
        time.sleep(0.01)
    (folder / f"{gate}.open").touch()


def main(endpoint_url: str, name: str, folder: Path) -> dict[str, Any]:
    """Read parts in order, a stream that breaks, and one that never begins."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="eu-west-1")
    runtime = session.client("sagemaker-runtime", endpoint_url=endpoint_url, config=Config(retries={"max_attempts": 1, "mode": "standard"}))
    seen: dict[str, Any] = {}

    def stream(**asked: Any) -> dict[str, Any]:
        answer: dict[str, Any] = runtime.invoke_endpoint_with_response_stream(
            EndpointName=name, ContentType="application/json", Body=json.dumps(asked).encode()
        )
        return answer

    answer = stream(do="stream", parts=["one ", "two ", "three"], gate="boto3")
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    seen["head"] = [answer["ContentType"], answer["InvokedProductionVariant"], answer["CustomAttributes"], status]
    seen["parts"] = []
    for index, event in enumerate(answer["Body"]):
        seen["parts"].append(event["PayloadPart"]["Bytes"].decode())
        if index < 2:
            # The next part cannot be on its way yet: the container waits for this.
            open_gate(folder, f"boto3-{index + 1}")

    events = iter(stream(do="stream", parts=["first"], ends="broken")["Body"])
    first = next(events)["PayloadPart"]["Bytes"].decode()
    try:
        next(events)
    except EventStreamError as error:
        seen["broken"] = [first, error.response["Error"]["Code"], str(error)]

    try:
        stream(do="status", code=400, text="no")
    except ClientError as error:
        response: dict[str, Any] = dict(error.response)
        code, http = response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]
        seen["modelError"] = [code, http, response["OriginalStatusCode"], response["OriginalMessage"]]
    return seen


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
