"""Bodies of objects that stay on the disk.

MiniStack handles bodies as bytes. A StoredBody stands in for them: it has a length, can be sliced, and knows its checksums, but its content is
read in pieces and only when it is sent or copied. Files with content are never written again once they are complete, so that a copy, a version
or an object out of one part can be a link to the same file.
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from typing import Any

from s3_checksums import checksum

#: Bytes in memory for each body that is read or written.
PIECE = 1024 * 1024

#: What the system says where there are no links: across file systems, on some mounts, or when a file has too many.
_NO_LINK = (errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOENT)


class Source:
    """A file with content: a temporary one, which goes with this object, or one that is held open, so that its content stays when its name goes."""

    def __init__(self, path: str, temporary: bool) -> None:
        self.path, self.temporary = path, temporary
        self.held = -1 if temporary else os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            if self.temporary:
                os.unlink(self.path)
            else:
                os.close(self.held)

    @contextlib.contextmanager
    def opened(self) -> Iterator[int]:
        """Give a descriptor to read from with offsets."""
        if not self.temporary:
            yield self.held
            return
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


class StoredBody:
    """A run of bytes of a file."""

    def __init__(self, source: Source, offset: int, size: int, digests: dict[str, bytes] | None = None) -> None:
        self._source, self._offset, self._size, self.digests = source, offset, size, digests or {}

    @staticmethod
    def of_file(path: str) -> "StoredBody":
        """The whole of a file, as it is now."""
        source = Source(path, temporary=False)
        return StoredBody(source, 0, os.fstat(source.held).st_size)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, run: slice) -> "StoredBody":
        start, stop, _ = run.indices(self._size)
        return StoredBody(self._source, self._offset + start, max(0, stop - start))

    def __deepcopy__(self, _memo: Any) -> "StoredBody":
        return self

    def __bytes__(self) -> bytes:
        return b"".join(self.pieces())

    def pieces(self, size: int = PIECE) -> Iterator[bytes]:
        """Give the content in order. Raises OSError when the file ends before it should."""
        with self._source.opened() as descriptor:
            position, end = self._offset, self._offset + self._size
            while position < end:
                piece = os.pread(descriptor, min(size, end - position), position)
                if not piece:
                    raise OSError(errno.EIO, f"{self._source.path} ends at {position} bytes, before {end}")
                position += len(piece)
                yield piece

    def digest(self, algorithm: str) -> bytes:
        """Give the checksum, read from the file unless it is known."""
        if algorithm not in self.digests:
            value = checksum(algorithm)
            for piece in self.pieces():
                value.update(piece)
            self.digests[algorithm] = value.digest()
        return self.digests[algorithm]

    def place(self, path: str) -> None:
        """Make the content a file at a path where there is none: a link to the same file, or a copy."""
        if not self._linked(path):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                self.copy_to(descriptor)
            finally:
                os.close(descriptor)

    def _linked(self, path: str) -> bool:
        try:
            os.link(self._source.path, path)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            return False
        with self._source.opened() as descriptor:
            ours, linked = os.fstat(descriptor), os.stat(path)
        # The name may be another file's by now, and the file longer than this run of it.
        if (ours.st_ino, self._offset, self._size) == (linked.st_ino, 0, linked.st_size):
            return True
        os.unlink(path)
        return False

    def copy_to(self, target: int) -> None:
        """Append the content to an open file, within the kernel where it can."""
        copied = 0
        with self._source.opened() as descriptor:
            with contextlib.suppress(AttributeError, OSError):
                while copied < self._size:
                    count = os.copy_file_range(descriptor, target, self._size - copied, self._offset + copied)
                    if count == 0:
                        break
                    copied += count
        for piece in self[copied:].pieces():
            write_all(target, piece)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it, whatever the system takes at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
