"""docs/container-kit.md tells what is true."""

import re
from pathlib import Path
from types import ModuleType

from slipway_kit import settings
from slipway_kit.contract import find_model_class
from slipway_kit.errors import RequestError
from slipway_kit.serving.connection import HEADER_LIMIT
from slipway_kit.serving.statistics import BOUNDS

DOCS = (Path(__file__).parents[2] / "docs" / "container-kit.md").read_text()


def test_the_example_fulfils_the_contract() -> None:
    module = ModuleType("model")
    exec(DOCS.split("```python\n")[1].split("```")[0], module.__dict__)
    assert find_model_class(module).trains


def test_every_variable_is_described_and_no_other() -> None:
    known = {value for name, value in vars(settings).items() if name.isupper() and isinstance(value, str)}
    assert set(re.findall(r"^\| `((?:SLIPWAY|SAGEMAKER)_\w+)`", DOCS, re.MULTILINE)) == known


def test_every_status_of_an_error_is_described() -> None:
    described = {int(status) for row in re.findall(r"^\| (\d{3}[\d, ]*) \|", DOCS, re.MULTILINE) for status in row.split(",")}
    assert {error.status for error in RequestError.__subclasses__()} <= described


def test_the_buckets_of_the_latency_histogram_are_described() -> None:
    listed = DOCS.split("end at ")[1].split(" s and at infinity")[0]
    assert tuple(float(bound) for bound in listed.replace("and", "").replace(",", " ").split()) == BOUNDS


def test_the_limit_of_headers_is_described() -> None:
    assert f"over {HEADER_LIMIT} headers" in DOCS
