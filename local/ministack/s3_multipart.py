"""Uploads in parts, on the disk: parts are files, and become one file when the upload is completed."""

import asyncio
import re
from contextvars import ContextVar
from typing import Any

from ministack.services import s3
from s3_body import StoredBody
from s3_files import Body, compute_checksum, rewrite
from s3_spool import Spool

#: The parts that the request under way joins, and what came of them.
joined: ContextVar[tuple[list[Body], StoredBody] | None] = ContextVar("joined", default=None)


def install(spool: Spool) -> None:
    """Replace what MiniStack does with parts. Raises LookupError when it is another MiniStack than the one these functions are of."""
    s3._joined_parts = lambda parts: _joined_parts(spool, parts)
    s3._multipart_checksum = _multipart_checksum
    rewrite(
        "_complete_multipart_upload",
        {
            'hashlib.md5(stored["body"]).digest()': 'bytes.fromhex(md5_hash(stored["body"]))',
            'b"".join(combined_parts)': "_joined_parts(combined_parts)",
            "_composite_checksum(checksum_algorithm, part_digests)": "_multipart_checksum(upload, part_digests, combined_parts)",
            '"COMPOSITE" if composite else None': 'upload.get("checksum_type", "COMPOSITE") if composite else None',
            '.text = "COMPOSITE"': '.text = obj["checksum_type"]',
        },
    )
    rewrite("_get_object_attributes", {'"COMPOSITE" if record.get("parts")': 'record.get("checksum_type") or "COMPOSITE" if record.get("parts")'})
    _note_checksum_types()
    _keep_copied_parts(spool)


async def prepare_completion(spool: Spool, body: bytes, query: dict[str, list[str]]) -> None:
    """Join the parts of an upload that is to be completed, beside the requests of others: MiniStack has one thread."""
    upload = s3._multipart_uploads.get(s3._qp(query, "uploadId"))
    numbers = sorted(int(number) for number in re.findall(rb"<PartNumber>\s*(\d+)\s*</PartNumber>", body))
    if upload is not None and numbers and all(number in upload["parts"] for number in numbers):
        parts = [upload["parts"][number]["body"] for number in numbers]
        joined.set((parts, await asyncio.to_thread(_join, spool, parts, upload)))


def _join(spool: Spool, parts: list[Body], upload: dict[str, Any]) -> StoredBody:
    body = spool.join(parts)
    if upload.get("checksum_type") == "FULL_OBJECT":
        compute_checksum(upload["checksum_algorithm"], body)
    return body


def _joined_parts(spool: Spool, parts: list[Body]) -> StoredBody:
    prepared = joined.get()
    if prepared is None or len(prepared[0]) != len(parts) or any(a is not b for a, b in zip(prepared[0], parts, strict=True)):
        prepared = (parts, spool.join(parts))
        joined.set(prepared)
    return prepared[1]


def _multipart_checksum(upload: dict[str, Any], digests: list[str], parts: list[Body]) -> str | None:
    algorithm: str | None = upload.get("checksum_algorithm")
    if algorithm is not None and upload.get("checksum_type") == "FULL_OBJECT":
        return compute_checksum(algorithm, s3._joined_parts(parts))
    composite: str | None = s3._composite_checksum(algorithm, digests)
    return composite


def _note_checksum_types() -> None:
    """A checksum of the whole object, when that is asked for; CRC64NVME has no other."""
    create = s3._create_multipart_upload

    def create_multipart_upload(bucket: str, key: str, headers: dict[str, str]) -> Any:
        response = create(bucket, key, headers)
        found = re.search(rb"<UploadId>([^<]+)</UploadId>", response[2])
        if response[0] == 200 and found is not None:
            upload = s3._multipart_uploads[found[1].decode()]
            algorithm = upload.get("checksum_algorithm")
            if algorithm == "CRC64NVME" or (algorithm is not None and headers.get("x-amz-checksum-type") == "FULL_OBJECT"):
                upload["checksum_type"] = response[1]["x-amz-checksum-type"] = "FULL_OBJECT"
        return response

    s3._create_multipart_upload = create_multipart_upload


def _keep_copied_parts(spool: Spool) -> None:
    """A part copied out of an object is a link to the object's file, which need not stay."""
    copy_part = s3._upload_part_copy

    def upload_part_copy(bucket: str, key: str, query: dict[str, list[str]], headers: dict[str, str]) -> Any:
        response = copy_part(bucket, key, query, headers)
        if response[0] == 200:
            part = s3._multipart_uploads[s3._qp(query, "uploadId")]["parts"][int(s3._qp(query, "partNumber", "1"))]
            if isinstance(part["body"], StoredBody):
                part["body"] = spool.keep(part["body"])
        return response

    s3._upload_part_copy = upload_part_copy
