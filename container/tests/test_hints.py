"""The annotation of predict's input decides what requests become."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_kit import codecs
from slipway_kit.errors import InvalidInput, UnprocessableInput
from slipway_kit.hints import hint_of
from slipway_kit.inputs import InputLimits, Reader
from tests.conftest import Serve


@dataclass
class Flower:
    petal_length: float
    petal_width: float
    name: str = "unknown"


class Row(TypedDict):
    a: float
    b: int


class Checked(pydantic.BaseModel):
    n: int
    words: list[str] = []


def reader(annotation: Any) -> Reader:
    def predict(self: object, input: Any) -> None: ...  # noqa: A002

    predict.__annotations__["input"] = annotation
    return Reader(hint=hint_of(predict))


def read(annotation: Any, body: bytes, content_type: str = "") -> Any:
    return reader(annotation).read(body, content_type, "")[0]


def details(annotation: Any, body: bytes, content_type: str = "") -> tuple[str, ...]:
    with pytest.raises(UnprocessableInput) as raised:
        read(annotation, body, content_type)
    return (*raised.value.details.values(), str(raised.value))


def test_json_becomes_what_is_asked_for() -> None:
    assert read(Flower, b'{"petal_length": 1, "petal_width": 2.5}') == Flower(1.0, 2.5)
    assert read(Row, b'{"a": 1.5, "b": 2}') == {"a": 1.5, "b": 2}
    assert read(list[Flower], b'[{"petal_length": 1, "petal_width": 2}]') == [Flower(1.0, 2.0)]
    assert read(dict[str, float], b'{"a": 1}') == {"a": 1.0}
    assert read(Checked, b'{"n": 3}') == Checked(n=3)
    assert read(np.ndarray, b"[[1, 2], [3, 4]]").tolist() == [[1, 2], [3, 4]]
    assert read(str, b'"text"') == read(str, b"text", "text/plain") == "text"
    assert read(bytes, b"\xff{", "application/pdf") == b"\xff{"


def test_rows_of_csv_fill_the_fields_in_order_or_by_name() -> None:
    assert read(Flower, b"1,2,rose\n", "text/csv") == Flower(1.0, 2.0, "rose")
    assert read(Flower, b"petal_width,petal_length\n1,2\n", "text/csv; header=present") == Flower(2.0, 1.0)
    assert read(list[Row], b"1,2\n3,4\n", "text/csv") == [{"a": 1.0, "b": 2}, {"a": 3.0, "b": 4}]
    assert read(np.ndarray, b"a,b\n1,2\n", "text/csv; header=present").tolist() == [[1.0, 2.0]]
    assert details(Flower, b"1,wide,rose\n", "text/csv")[:2] == ("petal_width", "'wide'")


def test_what_does_not_fit_is_told_by_field_received_and_allowed() -> None:
    wide = details(Flower, b'{"petal_length": "wide", "petal_width": 1}')
    assert wide == ("petal_length", "'wide'", "float", "petal_length: received 'wide', expected float")
    missing = details(Flower, b'{"petal_lenght": 1, "petal_width": 1}')
    assert missing[:2] == ("petal_length", "no such field among petal_lenght, petal_width")
    assert details(list[Flower], b'[{"petal_length": 1, "petal_width": 1}, {"petal_length": null, "petal_width": 1}]')[:3] == (
        "[1].petal_length",
        "None",
        "float",
    )
    assert details(Row, b"[]")[:3] == ("", "[]", "object")
    assert details(Checked, b'{"n": "x"}')[:2] == ("n", "'x'")
    assert details(np.ndarray, b'[["a"]]')[2] == "an array of numbers"
    assert details(np.ndarray, b"[[1], [2, 3]]")[2] == "an array of numbers"
    assert details(str, b"3")[:3] == ("", "3", "text")


def test_what_is_not_json_is_a_400_whatever_is_asked_for() -> None:
    for annotation in (Flower, Checked, np.ndarray, str, None):
        with pytest.raises(InvalidInput, match="the body is not valid JSON"):
            read(annotation, b"{")


def test_an_annotation_that_says_nothing_is_no_hint(capfd: pytest.CaptureFixture[str]) -> None:
    assert read(Any, b"[1]") == [1]
    assert read(Callable[[], int], b"[1]") == [1]
    assert '"hint_ignored"' in capfd.readouterr().err


@given(value=st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)), limit=st.integers(1, 5))
def test_json_is_refused_exactly_when_it_nests_too_deep(value: object, limit: int) -> None:
    def depth(item: object) -> int:
        inner = list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else None
        return 0 if inner is None else 1 + max((depth(each) for each in inner), default=0)

    assert codecs.deeper_than(json.dumps(value).encode(), limit) == (depth(value) > limit)


def test_a_deep_body_is_refused_before_it_is_parsed() -> None:
    for body in (b"[" * 100_000, b"[" * 101 + b"]" * 101):
        with pytest.raises(InvalidInput, match="nests more than 100 levels"):
            Reader(InputLimits()).read(body, "", "")


def test_the_server_answers_422_with_the_field(serve: Serve) -> None:
    server = serve("typed")
    assert server.invoke({"petal_length": 1, "petal_width": 2}).json == ["Flower", 1.0, 2.0, "unknown"]
    refused = server.invoke({"petal_length": 1})
    assert (refused.status, refused.error["type"], refused.error["field"]) == (422, "UnprocessableInput", "petal_width")
