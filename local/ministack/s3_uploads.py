"""Receives the body of an upload into a file, decoding aws-chunked on the way."""

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from ministack import app as ministack_app
from s3_body import PIECE, StoredBody
from s3_checksums import name_of
from s3_files import unwritten_message
from s3_spool import Spool, SpoolWriter

Receive = Callable[[], Awaitable[dict[str, Any]]]

#: The longest line between two chunks, and the longest section behind the last: signatures and checksums are far shorter.
_LONGEST_LINE = 8 * 1024
_LONGEST_TRAILER = 64 * 1024


class RefusedBody:
    """A body that was not kept, in the place of one: the request gets this error. `error` is S3's code, message and status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        self.error = (code, message, status)

    def __len__(self) -> int:
        return 0


class FramingError(Exception):
    """The body is not framed as its headers say."""


class AwsChunked:
    """Takes the payload out of aws-chunked content as it comes."""

    def __init__(self) -> None:
        self._buffer, self._left, self._part = bytearray(), 0, "size"

    @property
    def trailer(self) -> bytes:
        """What came behind the last chunk. Raises FramingError when that has not come yet."""
        if self._part != "trailer":
            raise FramingError
        return bytes(self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give the payload in what came. Raises FramingError when it is not aws-chunked."""
        self._buffer += data
        while self._buffer:
            if self._part == "size":
                end = self._buffer.find(b"\r\n")
                if end < 0 and len(self._buffer) <= _LONGEST_LINE:
                    return
                size = re.fullmatch(rb"\s*([0-9A-Fa-f]+)\s*(;.*)?", bytes(self._buffer[: max(end, 0)]))
                if size is None:
                    raise FramingError
                del self._buffer[: end + 2]
                self._left = int(size[1], 16)
                self._part = "data" if self._left > 0 else "trailer"
            elif self._part == "data":
                payload = bytes(self._buffer[: self._left])
                del self._buffer[: self._left]
                self._left -= len(payload)
                self._part = "data" if self._left > 0 else "end"
                yield payload
            elif self._part == "end":
                if len(self._buffer) < 2:
                    return
                if self._buffer[:2] != b"\r\n":
                    raise FramingError
                del self._buffer[:2]
                self._part = "size"
            else:
                if len(self._buffer) > _LONGEST_TRAILER:
                    raise FramingError
                return


class _Upload:
    """What was received of one body. After an error the rest is received and dropped: a client hears the answer when it has sent everything."""

    def __init__(self, spool: Spool, headers: dict[str, str]) -> None:
        self._headers = headers
        self._chunked = AwsChunked() if is_aws_chunked(headers) else None
        self._writer: SpoolWriter | None = None
        self._waiting: list[bytes] = []
        self._waiting_bytes = self.payload_bytes = self.received_bytes = 0
        self._refused: RefusedBody | None = None
        # A piece may still be on its way to the disk when the request is cancelled.
        self._lock = threading.RLock()
        try:
            self._writer = spool.writer(["md5", *_announced(headers)])
        except OSError as error:
            self._refused = _unwritten(error)

    async def take(self, data: bytes) -> None:
        """Take what came next."""
        self.received_bytes += len(data)
        if self._refused is not None:
            return
        try:
            for payload in [data] if self._chunked is None else self._chunked.feed(data):
                self._waiting.append(payload)
                self._waiting_bytes += len(payload)
        except FramingError:
            self._refuse(_INCOMPLETE)
        if self._waiting_bytes >= PIECE:
            await asyncio.to_thread(self._write)

    def _write(self) -> None:
        with self._lock:
            piece = b"".join(self._waiting)
            self._waiting, self._waiting_bytes = [], 0
            self.payload_bytes += len(piece)
            try:
                if self._writer is not None:
                    self._writer.write(piece)
            except OSError as error:
                self._refuse(_unwritten(error))

    def finish(self) -> StoredBody | RefusedBody:
        """The body, once everything has come."""
        self._write()
        length = self._headers.get("content-length", str(self.received_bytes)).strip()
        if not re.fullmatch(r"[0-9]+", length) or int(length) != self.received_bytes:
            self._refuse(_INCOMPLETE)
        if self._chunked is not None and self._refused is None:
            try:
                read_trailer(self._chunked.trailer, self.payload_bytes, self._headers)
            except (FramingError, ministack_app._IncompleteRequestBody):
                self._refuse(_INCOMPLETE)
        if self._refused is not None or self._writer is None:
            return self._refused if self._refused is not None else _INCOMPLETE
        return self._writer.body()

    def drop(self) -> None:
        """The client is gone."""
        self._refuse(_INCOMPLETE)

    def _refuse(self, reason: RefusedBody) -> None:
        with self._lock:
            self._waiting, self._waiting_bytes = [], 0
            self._refused = reason if self._refused is None else self._refused
            if self._writer is not None:
                self._writer.discard()
                self._writer = None


_INCOMPLETE = RefusedBody("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header.", 400)


def _unwritten(error: OSError) -> RefusedBody:
    return RefusedBody("InternalError", unwritten_message(error), 500)


async def receive_upload(receive: Receive, headers: dict[str, str], spool: Spool) -> StoredBody | RefusedBody:
    """Receive a body. Checksums and the content encoding of an aws-chunked one are put into the headers, as MiniStack does."""
    upload = _Upload(spool, headers)
    try:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise ministack_app._RequestBodyDisconnected
            if message.get("body"):
                await upload.take(message["body"])
            if not message.get("more_body", False):
                return await asyncio.to_thread(upload.finish)
    except BaseException:
        upload.drop()
        raise


def is_aws_chunked(headers: dict[str, str]) -> bool:
    """Whether MiniStack would decode the body."""
    streaming = headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    return streaming or "aws-chunked" in headers.get("content-encoding", "") or bool(headers.get("x-amz-decoded-content-length"))


def read_trailer(trailer: bytes, payload_bytes: int, headers: dict[str, str]) -> None:
    """Check the end of an aws-chunked body, by MiniStack's own decoder: for it, this is a body without payload."""
    announced = headers.get("x-amz-decoded-content-length", str(payload_bytes))
    if announced.strip() != str(payload_bytes):
        raise FramingError
    headers["x-amz-decoded-content-length"] = "0"
    ministack_app._decode_aws_chunked_body(b"0\r\n" + trailer, headers)
    headers["x-amz-decoded-content-length"] = announced


def _announced(headers: dict[str, str]) -> set[str]:
    """The checksums that the request has or asks for, so that they are taken while it comes."""
    prefix = "x-amz-checksum-"
    named = [name for name in headers if name.startswith(prefix)] + [name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",")]
    algorithms = {name_of(name.removeprefix(prefix)) for name in named if name.startswith(prefix)}
    return {name for name in (*algorithms, name_of(headers.get("x-amz-sdk-checksum-algorithm", ""))) if name is not None}
