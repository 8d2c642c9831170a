"""Unpacks tar, tar.gz and zip archives that nobody vouches for.

    from slipway_kit.archives import unpack
    unpack(ctx.channels["train"] / "images.zip", Path("/tmp/images"))

Everything is written beside the target and moved there when all of it is good: a refused archive leaves nothing.
"""

import gzip
import io
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Protocol

from slipway_kit.errors import KitError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MEGABYTE = 1024 * 1024
LONGEST_EXTENSION = MEGABYTE
"""Bytes of a tar extension header, which is read into memory whole; a long name takes a few hundred."""
DEEPEST = 64
LONGEST_NAME = 2048
"""Bytes; the system takes 4096 for a whole path."""
RATIO_COUNTS_FROM = 16 * MEGABYTE
"""Unpacked bytes below which the ratio does not matter: a small file of zeros is no bomb."""


class ArchiveError(KitError):
    """The archive was refused; nothing of it was kept."""


class NotAnArchive(ArchiveError):
    """The file is no tar, tar.gz or zip, is cut off or damaged, or is encrypted."""


class UnsafeMember(ArchiveError):
    """A member would be written outside of the target, twice, or is not a plain file or directory."""


class ArchiveTooLarge(ArchiveError):
    """The archive has more members or bytes than allowed, or unpacks to suspiciously many times its size."""


@dataclass(frozen=True)
class Limits:
    """What an archive may contain."""

    members: int = 100_000
    total_bytes: int = 20 * 1024 * MEGABYTE
    ratio: float = 200.0
    """Unpacked bytes to packed ones; DEFLATE reaches 1032 with zeros, data and weights rarely 20."""


@dataclass
class _Member:
    """A plain file or directory of either kind of archive."""

    name: str
    is_directory: bool
    executable: bool
    size: int


def unpack(archive: Path, into: Path, limits: Limits | None = None) -> int:
    """Unpack `archive` as the directory `into`, which must not exist or be empty. Returns the number of files.

    Only plain files and directories inside of `into` are accepted; owners, times and all permissions but "executable" are dropped.
    Raises NotAnArchive, UnsafeMember or ArchiveTooLarge naming the member, and ArchiveError when `into` has something in it.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ArchiveError(f"{into} is not an empty directory: unpack into a new one")
    into.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{into.name}-", dir=into.parent))
    try:
        target = _Target(partial, archive, limits or Limits())
        with _damage_named(archive):
            _unpack_any(archive, target)
        partial.chmod(0o755)
        partial.replace(into)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return target.files


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Target:
    """Writes members under a directory, and counts them against the limits."""

    def __init__(self, root: Path, archive: Path, limits: Limits) -> None:
        self.files = 0
        self.limits = limits
        self._root = root
        self._archive = archive
        self._packed = max(1, archive.stat().st_size)
        self._members = 0
        self._unpacked = 0
        self._written: set[PurePosixPath] = set()

    def add(self, member: _Member, source: _Readable | None) -> None:
        """Write one member after all checks; its content is counted while it is read, whatever its header says."""
        self._members += 1
        if self._members > self.limits.members:
            raise ArchiveTooLarge(f"{self._archive.name} has more than {self.limits.members} members")
        inside = self._inside(member.name)
        path = self._root / inside
        if member.is_directory:
            path.mkdir(parents=True, exist_ok=True)
            return
        if inside in self._written or not inside.parts:
            raise UnsafeMember(f"{self._archive.name}: {member.name!r} is there twice, or is no name of a file")
        self._written.add(inside)
        self.check(self._unpacked + member.size)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            while source is not None and (data := source.read(MEGABYTE)):
                self._unpacked += len(data)
                self.check(self._unpacked)
                file.write(data)
        path.chmod(0o755 if member.executable else 0o644)
        self.files += 1

    def check(self, unpacked: int) -> None:
        """Refuse more bytes than allowed, in total or for the archive's size."""
        if unpacked > self.limits.total_bytes:
            raise ArchiveTooLarge(f"{self._archive.name} unpacks to more than {self.limits.total_bytes} bytes")
        if unpacked > RATIO_COUNTS_FROM and unpacked > self._packed * self.limits.ratio:
            raise ArchiveTooLarge(f"{self._archive.name} unpacks to more than {self.limits.ratio:g} times its {self._packed} bytes")

    def refuse(self, name: str, what: str) -> UnsafeMember:
        return UnsafeMember(f"{self._archive.name}: {name!r} is {what}; only plain files and directories are unpacked")

    def _inside(self, name: str) -> PurePosixPath:
        path = PurePosixPath(name)
        outside = path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or name[1:2] == ":"
        if (
            outside
            or len(path.parts) > DEEPEST
            or len(name.encode(errors="replace")) > LONGEST_NAME
            or any(len(part.encode(errors="replace")) > 255 for part in path.parts)
        ):
            raise UnsafeMember(f"{self._archive.name}: {name!r} would be written outside of its directory, or cannot be a name")
        return path


def _unpack_any(archive: Path, target: _Target) -> None:
    with archive.open("rb") as file:
        head = file.read(262)
        file.seek(0)
        if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
            _unpack_zip(file, archive, target)
        elif head[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=file) as packed:
                _unpack_tar(packed, target)
        elif head[257:262] == b"ustar":
            _unpack_tar(file, target)
        else:
            raise NotAnArchive(f"{archive.name} is no tar, tar.gz or zip file")


class _Header(tarfile.TarInfo):
    """A tar header that refuses what tarfile would read into memory whole."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        long = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
        if self.type in long and self.size > LONGEST_EXTENSION:
            raise ArchiveTooLarge(f"a header of the archive is {self.size} bytes long, more than {LONGEST_EXTENSION}")
        found: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
        return found


class _Tar(tarfile.TarFile):
    """Names the list of headers that tarfile keeps, so that it can be emptied."""

    members: list[tarfile.TarInfo]


class _Counted(io.RawIOBase):
    """The tar itself, counted while it is decompressed: also what lies in no file, such as padding and headers, is bounded."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, target: _Target) -> None:
        self._stream = stream
        self._target = target
        self._read = 0
        self._tail = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        data = self._stream.read(len(view))
        view[: len(data)] = data
        self._read += len(data)
        # Each member costs a header and padding of its own, at most 2 KB; they do not count as its bytes.
        self._target.check(max(0, self._read - 2048 * self._target.limits.members))
        self._tail = (self._tail + data)[-tarfile.BLOCKSIZE :]
        return len(data)

    def ends_as_it_should(self) -> bool:
        """Reads to the end, where a tar has blocks of zeros. tarfile takes a tar that is cut between two members for a whole one."""
        while self.read(MEGABYTE):
            continue
        return self._tail == bytes(tarfile.BLOCKSIZE)


def _unpack_tar(stream: IO[bytes] | gzip.GzipFile, target: _Target) -> None:
    counted = _Counted(stream, target)
    with _Tar.open(fileobj=counted, mode="r|", tarinfo=_Header, errorlevel=2) as tar:
        for member in tar:
            if member.issparse() or not (member.isreg() or member.isdir()):
                raise target.refuse(member.name, _kind(member))
            plain = _Member(member.name, member.isdir(), bool(member.mode & stat.S_IXUSR), member.size)
            target.add(plain, tar.extractfile(member) if member.isreg() else None)
            tar.members.clear()
    if not counted.ends_as_it_should():
        raise tarfile.ReadError("it ends before its end marker")


def _kind(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return f"a {'symbolic' if member.issym() else 'hard'} link to {member.linkname!r}"
    return "a sparse file" if member.issparse() else "a device, pipe or the like"


def _unpack_zip(file: IO[bytes], archive: Path, target: _Target) -> None:
    with zipfile.ZipFile(file) as packed:
        members = packed.infolist()
        if len(members) > target.limits.members:
            raise ArchiveTooLarge(f"{archive.name} has more than {target.limits.members} members")
        target.check(sum(member.file_size for member in members))
        if sum(member.compress_size for member in members) > archive.stat().st_size:
            raise ArchiveTooLarge(f"{archive.name}: its members overlap, which only a bomb needs")
        for member in members:
            if member.flag_bits & 1:
                raise NotAnArchive(f"{archive.name}: {member.filename!r} is encrypted")
            mode = member.external_attr >> 16
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise target.refuse(member.filename, "a symbolic link" if stat.S_ISLNK(mode) else "a device, pipe or the like")
            # orig_filename: zipfile cuts names at a NUL byte, and so would make two names of one.
            plain = _Member(member.orig_filename, member.is_dir(), bool(mode & stat.S_IXUSR), member.file_size)
            with packed.open(member) as source:
                target.add(plain, source)


@contextmanager
def _damage_named(archive: Path) -> Iterator[None]:
    """Python's own errors of a damaged archive as NotAnArchive."""
    try:
        yield
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, NotImplementedError, RecursionError, ValueError) as error:
        raise NotAnArchive(f"{archive.name} is damaged or not fully there: {error}") from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise UnsafeMember(f"{archive.name}: a member is a file to one and a directory to another: {error.filename}") from error
