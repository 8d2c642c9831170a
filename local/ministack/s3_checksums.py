"""The checksums of S3, over content that comes piece by piece."""

import hashlib
import zlib
from collections.abc import Callable
from typing import Protocol

#: Algorithms of x-amz-checksum-* headers, beside MD5, which makes ETags.
ALGORITHMS = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")


class Checksum(Protocol):
    """What hashlib's objects have, and a CRC here."""

    def update(self, data: bytes, /) -> None:
        """Go on with further content."""

    def digest(self) -> bytes:
        """Give the checksum of what came so far, as S3 encodes it: the most significant byte first."""


class Crc:
    """A cyclic redundancy check."""

    def __init__(self, function: Callable[[bytes, int], int], width: int) -> None:
        self._function, self._width, self._value = function, width, 0

    def update(self, data: bytes, /) -> None:
        """Go on with further content."""
        self._value = self._function(data, self._value)

    def digest(self) -> bytes:
        """Give the check's bytes."""
        return self._value.to_bytes(self._width, "big")


def checksum(algorithm: str) -> Checksum:
    """Start a checksum: "md5" or one of ALGORITHMS."""
    if algorithm in ("md5", "sha1", "sha256"):
        return hashlib.new(algorithm, usedforsecurity=False)
    if algorithm == "crc32":
        return Crc(zlib.crc32, 4)
    # Only now: most uploads have CRC32, and importing it takes its time.
    from awscrt import checksums

    return Crc(checksums.crc32c, 4) if algorithm == "crc32c" else Crc(checksums.crc64nvme, 8)


def name_of(algorithm: str) -> str | None:
    """The name here of an algorithm as headers spell it, such as "CRC64NVME"; None for one that S3 does not have."""
    name = algorithm.lower().replace("_", "")
    return name if name in ALGORITHMS else None
