"""What a codec is, and the names of the types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

JSON = "application/json"
JSON_LINES = "application/jsonlines"
CSV = "text/csv"
TEXT = "text/plain"
BYTES = "application/octet-stream"
NPY = "application/x-npy"
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"
FORM_DATA = "multipart/form-data"
PICKLE = "application/x-pickle"
FORM = "application/x-www-form-urlencoded"

Parameters = Mapping[str, str]


class NotRepresentable(Exception):
    """This codec cannot write this value."""


@dataclass(frozen=True)
class Codec:
    """How one MIME type is read and written."""

    type: str
    content_type: str
    """The type as sent in responses, with its charset."""
    decode: Callable[[bytes, Parameters], Any]
    """Any: the decoded request is the user's to interpret. Raises InvalidInput."""
    encode: Callable[[Any], bytes]
    """Raises NotRepresentable."""
    needs: str | None = None
    """A library without which the type is not supported."""
