"""Drives the Python twin of the client against the local endpoint; prints what it saw as JSON.

Arguments: endpoint URL, the folder of slipway_client.py, the runtime fixture's control folder. The endpoints are `now`, `narrow` and `later`.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, sys.argv[2])
from slipway_client import DeployedModel, SlipwayClient, SlipwayClientError  # noqa: E402


def error_of(work: Any) -> list[Any]:
    """Name the error, and what the container said."""
    try:
        work()
    except SlipwayClientError as error:
        return [type(error).__name__, getattr(error, "original_status", None), getattr(error, "original_message", None), error.retryable]
    raise AssertionError("nothing was raised")


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    while not path.exists():
        threading.Event().wait(0.01)


def main(endpoint_url: str, gates: Path) -> dict[str, Any]:
    """Invoke, stream, submit and wait, and meet each error."""
    where = {"endpoint_url": endpoint_url, "region_name": "eu-west-1"}
    client = SlipwayClient.from_parameters("twin", **where)
    now, narrow, later = (client.model(name) for name in ("now", "narrow", "later"))
    seen: dict[str, Any] = {"answer": now.invoke({"do": "size", "bytes": 3})}
    seen["modelError"] = error_of(lambda: now.invoke({"do": "status", "code": 422, "text": "no"}))
    seen["invalid"] = error_of(lambda: now.invoke(b"x", content_type="x" * 1025))
    seen["absent"] = error_of(lambda: SlipwayClient({"a": DeployedModel("absent")}, **where).model("a").invoke({}))
    seen["tooLarge"] = error_of(lambda: narrow.invoke(b"x" * 4_194_305))
    seen["kind"] = error_of(lambda: later.invoke({}))
    seen["unknown"] = error_of(lambda: client.model("nobody"))
    nowhere = SlipwayClient({"a": DeployedModel("now")}, endpoint_url="http://127.0.0.1:9", region_name="eu-west-1")
    seen["unreached"] = error_of(lambda: nowhere.model("a").invoke({}))
    with ThreadPoolExecutor() as pool:
        held = pool.submit(narrow.invoke, {"do": "hold", "gate": "twin"})
        wait_for(gates / "twin.waiting")
        seen["throttled"] = error_of(lambda: narrow.invoke({"do": "size"}))
        (gates / "twin.open").touch()
        seen["held"] = held.result()

    parts: list[str] = []
    for index, part in enumerate(now.invoke_stream({"do": "stream", "parts": ["one ", "two ", "three"], "gate": "parts"})):
        parts.append(part.decode())
        # The next part cannot be on its way yet: the container waits for this.
        (gates / f"parts-{index + 1}.open").touch()
    seen["parts"] = parts
    seen["broken"] = error_of(lambda: list(now.invoke_stream({"do": "stream", "parts": ["first"], "ends": "broken"})))[0]

    submission = later.submit({"do": "hold", "gate": "later"}, InferenceId="chosen")
    seen["pending"] = later.result(submission)
    seen["late"] = error_of(lambda: later.wait(submission, timeout=0.2))[0]
    (gates / "later.open").touch()
    seen["result"] = [submission.inference_id, later.wait(submission)]
    big = Path(gates / "big.bin")
    big.write_bytes(b"x" * 9_000_000)
    with big.open("rb") as file:
        seen["file"] = later.wait(later.submit(file=file, content_type="application/octet-stream"))
    seen["failed"] = error_of(lambda: later.wait(later.submit({"do": "status", "code": 500, "text": "no capacity"})))
    with ThreadPoolExecutor(16) as pool:
        numbers = range(50)
        seen["many"] = list(pool.map(lambda size: later.wait(later.submit({"do": "size", "bytes": size}))["bytes"], numbers)) == list(numbers)
    return seen


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[3]))))
