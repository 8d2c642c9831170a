"""Temporary files of S3: bodies on their way in, parts of uploads, and what is written before it is moved into its place."""

import contextlib
import json
import os
import uuid
from collections.abc import Sequence
from pathlib import Path

from s3_body import Source, StoredBody, write_all
from s3_checksums import Checksum, checksum

#: Ends the names of sidecars that are written before the body they are of is in place.
SIDECAR = ".sidecar"


def open_spool(data_folder: Path) -> "Spool":
    """The folder beside the one of the objects, emptied of what an earlier process left. Before MiniStack loads its objects.

    An object is a body and a sidecar with its metadata. A process killed between moving the one and the other leaves the new body with the old
    sidecar; the new sidecar is still here, and says which file it belongs to.
    """
    folder = data_folder.with_name(f"{data_folder.name}-temporary")
    spool = Spool(folder)
    for file in folder.iterdir():
        if file.suffix == SIDECAR:
            with contextlib.suppress(OSError, ValueError, KeyError):
                path, inode = json.loads(file.read_bytes())["body_file"]
                if os.stat(path).st_ino == inode:
                    file.replace(f"{path}.meta.json")
        file.unlink(missing_ok=True)
    return spool


class SpoolWriter:
    """A temporary file that is being written, with the checksums of its content. Not for several threads at once."""

    def __init__(self, path: str, algorithms: Sequence[str]) -> None:
        self._path, self._size = path, 0
        self._checksums: dict[str, Checksum] = {name: checksum(name) for name in algorithms}
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def write(self, piece: bytes) -> None:
        """Append. Raises OSError when the disk does not take it."""
        for value in self._checksums.values():
            value.update(piece)
        write_all(self._descriptor, piece)
        self._size += len(piece)

    def append(self, body: "StoredBody | bytes") -> None:
        """Append a body without its checksums being taken."""
        if isinstance(body, StoredBody):
            body.copy_to(self._descriptor)
        else:
            write_all(self._descriptor, body)
        self._size += len(body)

    def body(self) -> StoredBody:
        """End it; the file goes when the body does."""
        os.close(self._descriptor)
        digests = {name: value.digest() for name, value in self._checksums.items()}
        return StoredBody(Source(self._path, temporary=True), 0, self._size, digests)

    def discard(self) -> None:
        """End it, with nothing left."""
        os.close(self._descriptor)
        os.unlink(self._path)


class Spool:
    """The folder of files that are not yet, or no longer, an object's own; on the file system of the objects, for links between both."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, suffix: str = "") -> str:
        """A name that no file has."""
        return str(self._folder / f"{uuid.uuid4().hex}{suffix}")

    def writer(self, algorithms: Sequence[str] = ()) -> SpoolWriter:
        """Begin a file."""
        return SpoolWriter(self.path(), algorithms)

    def join(self, parts: Sequence[StoredBody | bytes]) -> StoredBody:
        """One body out of several. Raises OSError when there is no space for it."""
        [first, *others] = parts or [b""]
        if isinstance(first, StoredBody) and not others:
            return first
        writer = self.writer()
        try:
            for part in parts:
                writer.append(part)
        except OSError:
            writer.discard()
            raise
        return writer.body()

    def keep(self, body: StoredBody) -> StoredBody:
        """The same content in a file of its own, which needs no open descriptor."""
        path = self.path()
        try:
            body.place(path)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(path)
            raise
        return StoredBody(Source(path, temporary=True), 0, len(body), dict(body.digests))

    def reserve(self, size: int = 64 * 1024) -> None:
        """Raise OSError unless there is space for what is written beside a body: its metadata must not fail when it is in place."""
        path = self.path()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            write_all(descriptor, b"\0" * size)
        finally:
            os.close(descriptor)
            os.unlink(path)
