"""Requests to MiniStack's S3 whose bodies are files: uploads are received into them, and objects are sent from them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs

from ministack import app as ministack_app
from ministack.core.responses import StreamingResponse
from ministack.services import s3
from s3_body import StoredBody
from s3_files import UnwrittenError, files_allowed, unwritten_files, unwritten_message
from s3_multipart import joined, prepare_completion
from s3_spool import Spool
from s3_uploads import RefusedBody, receive_upload

Query = dict[str, list[str]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Response = tuple[int, dict[str, str], Any]

#: What is sent of an object at a time.
_CHUNK = 256 * 1024

#: Parts of an object that are not its body, in the query of a PUT.
_SUBRESOURCES = {"acl", "annotation", "legal-hold", "retention", "tagging"}

_upload_target: ContextVar[tuple[str, Query] | None] = ContextVar("upload_target", default=None)


def install(spool: Spool) -> Callable[..., Awaitable[None]]:
    """Have bodies come and go as files. Gives the ASGI application to serve in MiniStack's place."""
    _receive_uploads(spool)
    _answer_with_files(spool)

    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "PUT":
            query = parse_qs(scope.get("query_string", b"").decode("utf-8", "replace"), keep_blank_values=True)
            _upload_target.set((scope["path"], query))
        await ministack_app.app(scope, receive, send)

    return app


def is_object_upload(path: str, headers: dict[str, str], query: Query) -> bool:
    """Whether a PUT carries the body of an object or of a part of one."""
    host = headers.get("host", "")
    if "x-amz-copy-source" in headers or query.keys() & _SUBRESOURCES or ministack_app._S3_VHOST_EXCLUDE_RE.search(host):
        return False
    bucket, key = ministack_app._extract_s3_vhost_bucket(host), path.lstrip("/")
    if not bucket:
        bucket, _, key = key.partition("/")
    # A bucket that there is not gets its upload refused, but only when it has been received.
    return bool(bucket and key) and (s3._bucket_owner_account(bucket) is not None or s3.signed_service(headers, query) == "s3")


def _receive_uploads(spool: Spool) -> None:
    read, routing = ministack_app._read_request_body, ministack_app._routing_params

    async def read_request_body(receive: Receive, method: str, headers: dict[str, str]) -> Any:
        target = _upload_target.get()
        if target is None or not is_object_upload(target[0], headers, target[1]):
            return await read(receive, method, headers)
        return await receive_upload(receive, headers, spool)

    def routing_params(method: str, path: str, headers: dict[str, str], body: Any, query: Query) -> Any:
        # An object is no form, whatever its content type.
        return query if isinstance(body, StoredBody) else routing(method, path, headers, body, query)

    ministack_app._read_request_body, ministack_app._routing_params = read_request_body, routing_params


def _answer_with_files(spool: Spool) -> None:
    handle = s3.handle_request

    async def answer(method: str, path: str, headers: dict[str, str], body: Any, query: Query, **options: Any) -> Response:
        if isinstance(body, RefusedBody):
            return refusal(*body.error)
        failures: list[str] = []
        tokens = files_allowed.set(not options.get("internal", False)), unwritten_files.set(failures), joined.set(None)
        try:
            if method in ("PUT", "POST"):
                spool.reserve()
            if method == "POST" and "uploadId" in query:
                await prepare_completion(spool, body, query)
            response: Response = await handle(method, path, headers, body, query, **options)
        except OSError as error:
            return refusal("InternalError", unwritten_message(error), 500)
        except UnwrittenError as error:
            return refusal("InternalError", str(error), 500)
        finally:
            files_allowed.reset(tokens[0])
            unwritten_files.reset(tokens[1])
            # The context of a request can live as long as its connection, and the parts must go.
            joined.reset(tokens[2])
        return refusal("InternalError", failures[0], 500) if failures else response

    async def handle_request(method: str, path: str, headers: dict[str, str], body: Any, query: Query, *args: Any, **options: Any) -> Response:
        named = dict(zip(("signed_path", "enforce_bucket_region", "internal", "access_point_region", "access_point"), args, strict=False))
        status, answered, content = await answer(method, path, headers, body, query, **named, **options)
        if not isinstance(content, StoredBody):
            return status, answered, content
        if status == 200 and query.get("versionId") and headers.get("range"):
            status, answered, content = _range_of_version(headers["range"], answered, content, path)
        return status, answered, sent_from_file(content) if isinstance(content, StoredBody) else content

    s3.handle_request = handle_request


def refusal(code: str, message: str, status: int) -> Response:
    """S3's answer with an error."""
    response: Response = s3._error(code, message, status)
    return response


def _range_of_version(wanted: str, headers: dict[str, str], content: StoredBody, path: str) -> Response:
    """What MiniStack does with the range of an object, and not with that of one of its versions."""
    size = len(content)
    run = s3._parse_range(wanted, size)
    if run is None:
        bucket, key = s3._parse_bucket_key(path, {})
        return 416, {"Content-Type": "application/xml", "Content-Range": f"bytes */{size}"}, s3._xml_body(s3._range_error_xml(bucket, key))
    start, end = run
    kept = {name: value for name, value in headers.items() if not name.lower().startswith("x-amz-checksum-")}
    ranged = {**kept, "Content-Length": str(end - start + 1), "Content-Range": f"bytes {start}-{end}/{size}"}
    return 206, ranged, content[start : end + 1]


def sent_from_file(body: StoredBody) -> StreamingResponse:
    """A response that is read from its file as fast as the client takes it."""

    async def run(send: Send, receive: Receive) -> None:
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            for piece in body.pieces(_CHUNK):
                if gone.done():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                # A fast client must not keep others waiting.
                await asyncio.sleep(0)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()

    return StreamingResponse(run)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
