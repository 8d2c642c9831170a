"""Archives that nobody vouches for."""

import gzip
import hashlib
import io
import stat
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway_kit import archives
from slipway_kit.archives import MEGABYTE, ArchiveError, ArchiveTooLarge, Limits, NotAnArchive, UnsafeMember, unpack

Kind = str
GOOD = {"model/weights.bin": b"w" * 100_000, "model/code/run.py": b"pass\n", "empty": b""}


def entry(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def make_tar(path: Path, *entries: tuple[tarfile.TarInfo, bytes], packed: bool = True) -> Path:
    with tarfile.open(path, "w:gz" if packed else "w") as tar:
        for info, data in entries:
            tar.addfile(info, io.BytesIO(data))
    return path


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return path


def make(kind: Kind, path: Path, members: dict[str, bytes]) -> Path:
    if kind == "zip":
        return make_zip(path, members)
    return make_tar(path, *(entry(name, data) for name, data in members.items()), packed=kind == "tar.gz")


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def refused(archive: Path, error: type[ArchiveError], match: str, limits: Limits | None = None) -> None:
    """The archive is refused with this message, and neither the target nor anything beside it remains."""
    into = archive.parent / "area" / "target"
    with pytest.raises(error, match=match):
        unpack(archive, into, limits)
    assert list((archive.parent / "area").iterdir()) == []
    assert sorted(path.name for path in archive.parent.iterdir()) == sorted({"area", archive.name})


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_plain_files_and_directories_come_out_as_they_went_in(tmp_path: Path, kind: Kind) -> None:
    archive = make(kind, tmp_path / "archive", GOOD)
    assert unpack(archive, tmp_path / "new" / "target") == 3
    assert files(tmp_path / "new" / "target") == GOOD
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["target"]


def test_what_the_tar_command_writes_comes_out_with_its_executables_and_no_other_permissions(tmp_path: Path) -> None:
    archive = make_tar(
        tmp_path / "archive",
        entry("./", type=tarfile.DIRTYPE, mode=0o700),
        entry("./run", b"#!", mode=0o4755, uid=1234),
        entry("./secret", b"x", mode=0o600),
        entry("d" * 200 + "/" + "é" * 100, b"long"),
    )
    into = tmp_path / "target"
    into.mkdir()
    assert unpack(archive, into) == 3
    assert [stat.S_IMODE((into / name).stat().st_mode) for name in ("", "run", "secret")] == [0o755, 0o755, 0o644]
    assert (into / ("d" * 200) / ("é" * 100)).read_bytes() == b"long"


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/evil", "a/..", "..\\evil", "C:/evil", "/".join("d" * 70), "n" * 300, "/".join(["n" * 200] * 30)]
)
def test_a_name_that_leads_outside_is_refused(tmp_path: Path, kind: Kind, name: str) -> None:
    refused(make(kind, tmp_path / "archive", {"good": b"1", name: b"2"}), UnsafeMember, "would be written outside of its directory")


@pytest.mark.parametrize(
    ("kind", "link", "what"),
    [
        (tarfile.SYMTYPE, "/etc/passwd", "a symbolic link to '/etc/passwd'"),
        (tarfile.SYMTYPE, "good", "a symbolic link to 'good'"),
        (tarfile.LNKTYPE, "good", "a hard link to 'good'"),
        (tarfile.CHRTYPE, "", "a device, pipe or the like"),
        (tarfile.BLKTYPE, "", "a device, pipe or the like"),
        (tarfile.FIFOTYPE, "", "a device, pipe or the like"),
    ],
)
def test_links_devices_and_pipes_of_a_tar_are_refused(tmp_path: Path, kind: bytes, link: str, what: str) -> None:
    archive = make_tar(tmp_path / "archive", entry("good", b"1"), entry("bad", type=kind, linkname=link))
    refused(archive, UnsafeMember, f"'bad' is {what}; only plain files and directories are unpacked")


@pytest.mark.parametrize(("mode", "what"), [(stat.S_IFLNK, "a symbolic link"), (stat.S_IFCHR, "a device")])
def test_links_and_devices_of_a_zip_are_refused(tmp_path: Path, mode: int, what: str) -> None:
    member = zipfile.ZipInfo("bad")
    member.external_attr = (mode | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "archive", "w") as packed:
        packed.writestr(member, "/etc/passwd")
    refused(tmp_path / "archive", UnsafeMember, f"'bad' is {what}")


def test_a_file_below_a_link_of_the_same_archive_never_gets_through(tmp_path: Path) -> None:
    archive = make_tar(tmp_path / "archive", entry("door", type=tarfile.SYMTYPE, linkname=".."), entry("door/evil", b"1"))
    refused(archive, UnsafeMember, "'door' is a symbolic link to '..'")


def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    refused(make_tar(tmp_path / "archive", entry("a", b"1"), entry("./a", b"2")), UnsafeMember, "'./a' is there twice")


def test_a_file_that_another_member_needs_as_a_directory_is_refused(tmp_path: Path) -> None:
    refused(make_tar(tmp_path / "archive", entry("a", b"1"), entry("a/b", b"2")), UnsafeMember, "a file to one and a directory to another")


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_members_are_counted(tmp_path: Path, kind: Kind) -> None:
    archive = make(kind, tmp_path / "archive", {f"file-{number}": b"" for number in range(11)})
    refused(archive, ArchiveTooLarge, "has more than 10 members", Limits(members=10))
    assert unpack(archive, tmp_path / "target", Limits(members=11)) == 11


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
def test_bytes_are_counted_over_all_members(tmp_path: Path, kind: Kind) -> None:
    archive = make(kind, tmp_path / "archive", {"a": b"1" * 600, "b": b"2" * 600})
    refused(archive, ArchiveTooLarge, "unpacks to more than 1199 bytes", Limits(total_bytes=1199))
    assert unpack(archive, tmp_path / "target", Limits(total_bytes=1200)) == 2


@pytest.mark.parametrize("kind", ["tar.gz", "zip"])
def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path, kind: Kind) -> None:
    archive = make(kind, tmp_path / "archive", {"bomb": bytes(64 * MEGABYTE)})
    refused(archive, ArchiveTooLarge, "unpacks to more than 200 times its")
    assert unpack(archive, tmp_path / "target", Limits(ratio=2000)) == 1


def test_a_zip_whose_directory_lies_about_the_size_is_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "archive", {"liar": b"1" * 100_000})
    data = archive.read_bytes()
    archive.write_bytes(data.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    refused(archive, NotAnArchive, "is damaged or not fully there")


def test_a_zip_whose_members_overlap_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = make_zip(tmp_path / "archive", {"kernel": bytes(range(256)) * 256})
    read = zipfile.ZipFile.infolist
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda self: read(self) * 50)
    refused(archive, ArchiveTooLarge, "its members overlap")


def test_a_tar_bomb_between_the_members_is_refused_without_filling_memory(tmp_path: Path) -> None:
    header = entry("x", pax_headers={})[0]
    header.type, header.size = tarfile.XHDTYPE, 1 << 30
    with gzip.open(tmp_path / "archive", "wb", compresslevel=1) as packed:
        packed.write(header.tobuf(tarfile.GNU_FORMAT))
        for _ in range(64):
            packed.write(bytes(MEGABYTE))
    tracemalloc.start()
    try:
        refused(tmp_path / "archive", ArchiveTooLarge, "a header of the archive is 1073741824 bytes long")
        assert tracemalloc.get_traced_memory()[1] < 8 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_endless_extension_headers_are_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 0
    with gzip.open(tmp_path / "archive", "wb", compresslevel=1) as packed:
        packed.write(header.tobuf(tarfile.GNU_FORMAT) * 100_000)
    refused(tmp_path / "archive", NotAnArchive, "is damaged or not fully there")


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "zip"])
@pytest.mark.parametrize("cut", [lambda data: data[: len(data) // 2], lambda data: data[:600]])
def test_a_cut_archive_is_refused(tmp_path: Path, kind: Kind, cut: Callable[[bytes], bytes]) -> None:
    archive = make(kind, tmp_path / "archive", {"a": hashlib.shake_256(b"a").digest(10_000), "b": hashlib.shake_256(b"b").digest(10_000)})
    archive.write_bytes(cut(archive.read_bytes()))
    refused(archive, NotAnArchive, "archive is ")


@pytest.mark.parametrize("packed", [True, False])
def test_a_tar_that_is_cut_between_two_members_is_refused(tmp_path: Path, packed: bool) -> None:
    whole = make_tar(tmp_path / "archive", entry("a", b"1" * 512), entry("b", b"2" * 512), packed=False).read_bytes()
    (tmp_path / "archive").write_bytes(gzip.compress(whole[:1024]) if packed else whole[:1024])
    refused(tmp_path / "archive", NotAnArchive, "it ends before its end marker")


@pytest.mark.parametrize("data", [b"", b"hello", b"\x1f\x8b", b"PK\x03\x04", gzip.compress(b"not a tar")])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "archive").write_bytes(data)
    refused(tmp_path / "archive", NotAnArchive, "archive is ")


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "archive", {"secret": b"1"})
    data = bytearray(archive.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(bytes(data))
    refused(archive, NotAnArchive, "'secret' is encrypted")


def test_a_target_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "archive", {"a": b"new"})
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "a").write_bytes(b"old")
    with pytest.raises(ArchiveError, match="target is not an empty directory: unpack into a new one"):
        unpack(archive, tmp_path / "target")
    assert (tmp_path / "target" / "a").read_bytes() == b"old"


def test_the_limits_leave_room_for_real_models() -> None:
    assert (Limits().members, Limits().total_bytes, Limits().ratio) == (100_000, 20 << 30, 200)
    assert archives.RATIO_COUNTS_FROM == 16 * MEGABYTE
