"""Bodies to values and back."""

import math
from pathlib import PurePosixPath
from typing import Any

import pytest

from slipway_kit.codecs import CODECS, codec_for, encode, parse_media_type, plain
from slipway_kit.errors import InvalidInput, NotAcceptable, UnsupportedMediaType


def decode(content_type: str, body: bytes) -> Any:
    codec, parameters = codec_for(content_type)
    return codec.decode(body, parameters)


class Scalar(float):
    """Like numpy.float64: a float that also has tolist."""

    def tolist(self) -> float:
        return float(self)


def test_csv_cells_are_numbers_where_they_read_as_such() -> None:
    assert decode("text/csv", b'1,-2.5e3,x,"a,b",,nan,1_000\r\n\r\n4,5,6,7,8,9\r\n') == [
        [1.0, -2500.0, "x", "a,b", "", "nan", "1_000"],
        [4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
    ]


def test_csv_with_a_header_gives_rows_by_name() -> None:
    assert decode("text/csv; header=present", b"a,b\n1,x\n") == [{"a": 1.0, "b": "x"}]
    with pytest.raises(InvalidInput, match="should start with a header row, and is empty"):
        decode("text/csv; header=present", b"")


def test_a_charset_is_honoured() -> None:
    assert decode("text/plain; charset=latin-1", b"gr\xf6\xdfe") == "größe"


def test_json_is_the_type_when_none_is_given_and_of_what_curl_sends() -> None:
    assert [codec_for(name)[0].type for name in ("", "application/json; charset=utf-8", "application/x-www-form-urlencoded")] == [
        "application/json"
    ] * 3


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnsupportedMediaType, match="content type 'application/pickle' is not supported; send one of application/json, "):
        codec_for("application/pickle")


@pytest.mark.parametrize(
    ("value", "accept", "request_type", "expected"),
    [
        ({"a": 1}, "", "application/json", (b'{"a":1}', "application/json")),
        ("words", "", "application/json", (b'"words"', "application/json")),
        ("words", "*/*", "text/plain", (b"words", "text/plain; charset=utf-8")),
        ({"a": 1}, "", "text/plain", (b'{"a":1}', "application/json")),
        ([[1, 2], [3, 4]], "", "text/csv", (b"1,2\n3,4\n", "text/csv; charset=utf-8")),
        ([1, 2], "", "text/csv", (b"1\n2\n", "text/csv; charset=utf-8")),
        ({"a": 1, "b": "x"}, "text/csv", "application/json", (b"a,b\n1,x\n", "text/csv; charset=utf-8")),
        ({"a": {"b": 1}}, "", "text/csv", (b'{"a":{"b":1}}', "application/json")),
        (b"\x00", "", "application/json", (b"\x00", "application/octet-stream")),
        (4, "text/plain", "application/json", (b"4", "text/plain; charset=utf-8")),
        ({"a": 1}, "text/csv;q=0.1, application/json", "application/json", (b'{"a":1}', "application/json")),
        ({"a": 1}, "image/png, */*;q=0.1", "application/json", (b'{"a":1}', "application/json")),
        ("words", "text/*", "application/json", (b"words\n", "text/csv; charset=utf-8")),
        ([], "text/plain, application/json", "application/json", (b"[]", "application/json")),
    ],
)
def test_an_answer_is_written_in_the_best_type_that_can_carry_it(value: object, accept: str, request_type: str, expected: tuple[bytes, str]) -> None:
    assert encode(value, accept, request_type) == expected


@pytest.mark.parametrize(
    ("value", "accept", "message"),
    [
        ({}, "application/x-own", "no type in Accept 'application/x-own' is supported"),
        ({}, "application/json;q=0", "no type in Accept 'application/json;q=0' is supported"),
        ({}, "text/plain", r"the answer cannot be written as text/plain \(text/plain: a dict has no text form\)"),
        (object(), "", r"the answer cannot be written as any supported type \(.*application/json: a value of type object has no JSON form\)"),
        ([{"a": 1}, {"b": 1}], "text/csv", "rows with different columns have no CSV form"),
    ],
)
def test_an_answer_that_no_accepted_type_can_carry_is_refused_with_the_reason(value: object, accept: str, message: str) -> None:
    with pytest.raises(NotAcceptable, match=message):
        encode(value, accept, "application/json")


def test_values_of_other_libraries_become_plain_data() -> None:
    assert plain({Scalar(1.5): (Scalar(2.0), {"x"}, PurePosixPath("a/b"))}) == {"1.5": [2.0, ["x"], "a/b"]}


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(NotAcceptable):
        encode(loop, "application/json", "application/json")


def test_numbers_that_json_has_no_word_for_become_null() -> None:
    assert encode([math.nan, math.inf], "", "application/json") == (b"[null,null]", "application/json")


def test_each_codec_reads_what_it_writes() -> None:
    for name, value in (
        ("application/json", {"a": [1, "x"]}),
        ("text/csv", [[1.0, "x"]]),
        ("text/plain", "größe"),
        ("application/octet-stream", b"\x00\xff"),
    ):
        codec = CODECS[name]
        assert codec.decode(codec.encode(value), {}) == value


def test_a_media_type_is_read_with_its_parameters() -> None:
    assert parse_media_type('Text/CSV; Header="present" ;charset=UTF-8') == ("text/csv", {"header": "present", "charset": "UTF-8"})
