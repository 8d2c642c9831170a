"""Makes MiniStack's S3 keep the bodies of objects on the disk: what it handles as bytes is a StoredBody here.

MiniStack is pinned to one version, and the functions that are replaced here are that version's. Whoever pins another one runs the tests of S3.
"""

import base64
import inspect
import json
import os
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ministack.services import s3
from s3_body import StoredBody, write_all
from s3_checksums import checksum, name_of
from s3_spool import SIDECAR, Spool

Body = StoredBody | bytes

#: Whether bodies may be given as files: to requests, that is. MiniStack's other services read bytes.
files_allowed: ContextVar[bool] = ContextVar("files_allowed", default=False)
#: What the request under way could not write; MiniStack logs some of it and goes on.
unwritten_files: ContextVar[list[str] | None] = ContextVar("unwritten_files", default=None)


class UnwrittenError(Exception):
    """An object could not be written to the disk, or not be read from there."""


def unwritten_message(error: OSError) -> str:
    """What a request gets whose object could not be written."""
    return f"nothing can be written in {s3.DATA_DIR}: {error.strerror}"


def install(spool: Spool) -> None:
    """Replace what MiniStack does with bodies. Raises LookupError when it is another MiniStack than the one these functions are of."""
    s3.md5_hash = lambda body, known=s3.md5_hash: body.digest("md5").hex() if isinstance(body, StoredBody) else known(body)
    rewrite("_validate_content_md5", {"hashlib.md5(body).digest()": "bytes.fromhex(md5_hash(body))"})
    s3._compute_s3_checksum = compute_checksum
    s3._read_body, s3._version_body = _read_body, _version_body
    _keep_no_versions_in_memory()
    _write_files(spool)


def rewrite(name: str, replacements: dict[str, str]) -> None:
    """Change expressions in one of MiniStack's functions; each must be there once."""
    source = inspect.getsource(getattr(s3, name))
    for old, new in replacements.items():
        if source.count(old) != 1:
            raise LookupError(f"ministack.services.s3.{name} is not the one that is known here: {old} is in it {source.count(old)} times")
        source = source.replace(old, new)
    exec(compile(source, f"{s3.__file__}:{name}", "exec"), s3.__dict__)


def compute_checksum(algorithm: str, body: Body) -> str | None:
    name = name_of(algorithm or "")
    if name is None:
        return None
    if isinstance(body, StoredBody):
        return base64.b64encode(body.digest(name)).decode()
    value = checksum(name)
    value.update(body)
    return base64.b64encode(value.digest()).decode()


def _opened(path: str | None) -> Body:
    try:
        if path is None:
            raise FileNotFoundError(2, os.strerror(2))
        body = StoredBody.of_file(path)
        return body if files_allowed.get() else bytes(body)
    except OSError as error:
        raise UnwrittenError(f"an object cannot be read from {s3.DATA_DIR}: {error.strerror}") from error


def _read_body(bucket: str, key: str, record: dict[str, Any]) -> Body:
    body: Body | None = record.get("body")
    if body is None:
        return _opened(s3._object_disk_path(bucket, key))
    return bytes(body) if isinstance(body, StoredBody) and not files_allowed.get() else body


def _version_body(bucket: dict[str, Any], name: str, key: str, version: dict[str, Any]) -> Body | None:
    if version.get("data") is not None:
        return bytes(version["data"])
    if s3._version_file_exists(name, key, version["version_id"]):
        return _opened(s3._version_disk_path(name, key, version["version_id"]))
    current = bucket["objects"].get(key)
    if current is not None and (current.get("version_id") or "null") == version["version_id"]:
        return _read_body(name, key, current)
    return None


def _keep_no_versions_in_memory() -> None:
    """The newest version is the object itself, and the others have files of their own."""
    entry = s3._version_entry_from_record
    s3._version_entry_from_record = lambda record, version_id, _data: entry(record, version_id, None)


def _write_files(spool: Spool) -> None:
    """Write each file under a name of its own and then move it into place. What could not be written fails the request; MiniStack only logs it."""
    persist = s3._persist_object

    def atomic_write(path: str, data: Body | str, *, text: bool = False) -> None:
        try:
            _move(_written(spool, data.encode() if isinstance(data, str) else data), path)
        except OSError as error:
            noted = unwritten_files.get()
            if noted is not None:
                noted.append(unwritten_message(error))
            raise UnwrittenError(unwritten_message(error)) from error

    def persist_object(bucket: str, key: str, record: Any) -> None:
        if not isinstance(record, dict) or record.get("body") is None:
            persist(bucket, key, record)
            return
        if noted := unwritten_files.get():
            # The version that this one would replace could not be kept.
            raise UnwrittenError(noted[0])
        path = s3._object_disk_path(bucket, key)
        temporary = []
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            temporary.append(_written(spool, record["body"]))
            known = [path, os.stat(temporary[0]).st_ino]
            sidecar = {**s3._object_meta_from_record(record), **s3._key_history_meta(bucket, key), "key": key, "body_file": known}
            temporary.append(_written(spool, json.dumps(sidecar).encode(), SIDECAR))
            _move(temporary[0], path)
            _move(temporary[1], f"{path}.meta.json")
            s3._remove_key_files(s3._other_key_disk_path(os.path.join(s3.DATA_DIR, s3.get_account_id(), bucket), key, path))
        except OSError as error:
            for file in temporary:
                Path(file).unlink(missing_ok=True)
            raise UnwrittenError(unwritten_message(error)) from error
        record["body"] = None

    s3._atomic_write, s3._persist_object = atomic_write, persist_object


def _written(spool: Spool, data: Body, suffix: str = "") -> str:
    """Write a temporary file; nothing is left when that fails."""
    path = spool.path(suffix)
    try:
        if isinstance(data, StoredBody):
            data.place(path)
        else:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                write_all(descriptor, data)
            finally:
                os.close(descriptor)
    except OSError:
        Path(path).unlink(missing_ok=True)
        raise
    return path


def _move(temporary: str, path: str) -> None:
    os.replace(temporary, path)
    # Two names of one file are both left by a rename.
    Path(temporary).unlink(missing_ok=True)
