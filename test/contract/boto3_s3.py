"""Moves objects with boto3 as any Python user does; prints what it saw as JSON. Arguments: endpoint URL, bucket, a folder to write into."""

import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

PARTS = TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024)


def fetch(url: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Ask without credentials, as whoever was given a presigned URL does."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method="GET" if body is None else "PUT")) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def main(endpoint_url: str, bucket: str, folder: Path) -> dict[str, Any]:
    """Transfer in parts, copy, versions, tags, presigned URLs."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-1"}
    config = Config(retries={"max_attempts": 1, "mode": "standard"}, s3={"addressing_style": "path"})
    s3 = boto3.client("s3", endpoint_url=endpoint_url, config=config, **keys)
    seen: dict[str, Any] = {}
    content = os.urandom(13 * 1024 * 1024 + 3)
    source, target = folder / "source.bin", folder / "target.bin"
    source.write_bytes(content)

    seen["transfers"] = {}
    for algorithm in (None, "CRC32", "SHA256"):
        key = f"boto3/{algorithm}"
        s3.upload_file(str(source), bucket, key, Config=PARTS, ExtraArgs={} if algorithm is None else {"ChecksumAlgorithm": algorithm})
        s3.copy({"Bucket": bucket, "Key": key}, bucket, f"{key}-copy", Config=PARTS)
        s3.delete_object(Bucket=bucket, Key=key)
        s3.download_file(bucket, f"{key}-copy", str(target), Config=PARTS)
        size = s3.head_object(Bucket=bucket, Key=f"{key}-copy")["ContentLength"]
        seen["transfers"][key] = [target.read_bytes() == content, size == len(content)]

    s3.put_object(Bucket=bucket, Key="boto3/single", Body=source.open("rb"), Tagging="stage=test")
    single = s3.get_object(Bucket=bucket, Key="boto3/single", ChecksumMode="ENABLED")
    seen["single"] = [single["Body"].read() == content, single["ETag"] == f'"{hashlib.md5(content).hexdigest()}"', single["TagCount"]]
    seen["tags"] = s3.get_object_tagging(Bucket=bucket, Key="boto3/single")["TagSet"]

    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "boto3/presigned"}, ExpiresIn=60)
    seen["presignedPut"] = fetch(put, content)[0]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "boto3/presigned"}, ExpiresIn=60)
    status, received = fetch(url)
    seen["presignedGet"] = [status, received == content]

    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.upload_file(str(source), bucket, "boto3/versioned", Config=PARTS)
    first = s3.head_object(Bucket=bucket, Key="boto3/versioned")["VersionId"]
    s3.put_object(Bucket=bucket, Key="boto3/versioned", Body=b"second")
    s3.download_file(bucket, "boto3/versioned", str(target), ExtraArgs={"VersionId": first}, Config=PARTS)
    seen["version"] = target.read_bytes() == content
    s3.delete_object(Bucket=bucket, Key="boto3/versioned")
    try:
        s3.get_object(Bucket=bucket, Key="boto3/versioned")
    except ClientError as error:
        seen["deleted"] = error.response["Error"]["Code"]
    return seen


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))
