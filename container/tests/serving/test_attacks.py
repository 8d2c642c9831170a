"""What an attacker sends: every request has one reading, or is refused; every refusal is the caller's fault and leaves the server as it was."""

import gzip
import re
from collections.abc import Callable

import pytest

from tests.conftest import Serve, Server

POST = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\n"
LAST = POST + b"connection: close\r\ncontent-length: 6\r\n\r\n--last"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"


@pytest.fixture
def echo(shared: Serve) -> Server:
    return shared("echo")


def statuses(answers: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n", 400),
        (b"content-length: 4, 4\r\n\r\nabcd", 400),
        (b"content-length: 0x4\r\n\r\nabcd", 400),
        (b"content-length: 4 4\r\n\r\nabcd", 400),
        (b"content-length:\r\n\r\nabcd", 400),
        (b"content-length: 18446744073709551617\r\n\r\na", 400),
        (b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
        (b"transfer-encoding: identity, chunked\r\n\r\n0\r\n\r\n", 501),
        (b"transfer-encoding: identity\r\n\r\n0\r\n\r\n", 501),
        (b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n", 400),
        (b"transfer-encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
        (b'transfer-encoding: "chunked"\r\n\r\n0\r\n\r\n', 501),
        (b"transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 400),
        (b"content-length : 4\r\n\r\nabcd", 400),
        (b" content-length: 4\r\n\r\nabcd", 400),
        (b"x: a\r\n content-length: 4\r\n\r\n", 400),
        (b"x: a\ncontent-length: 4\r\n\r\nabcd", 400),
        (b"x: a\rcontent-length: 4\r\n\r\n", 400),
        (b"content-length: 4\r\n\nabcd", 400),
        (CHUNKED + b"-1\r\n\r\n0\r\n\r\n", 400),
        (CHUNKED + b"10000000000000001\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"0x1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"4 \r\nabcd\r\n0\r\n\r\n", 400),
        (CHUNKED + b"4\nabcd\r\n0\r\n\r\n", 400),
        (CHUNKED + b"4;x\nabcd\r\n0\r\n\r\n", 400),
        (CHUNKED + b"4\r\nabcdX\r\n0\r\n\r\n", 400),
        (CHUNKED + b"4\r\nabcd\r\n0\r\ncontent-length: 9\r\n\r\n", 400),
    ],
)
def test_a_request_that_could_end_in_two_places_is_refused_and_what_comes_after_it_is_never_executed(echo: Server, rest: bytes, status: int) -> None:
    answers = echo.raw(POST + rest + LAST)
    assert statuses(answers) == [status]
    assert b"--last" not in answers


def test_a_request_in_a_body_is_a_body(echo: Server) -> None:
    answers = echo.raw(POST + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(LAST) + LAST)
    assert statuses(answers.partition(b"\r\n\r\n")[0]) == [200]
    assert answers.partition(b"\r\n\r\n")[2] == LAST


def test_chunks_with_extensions_and_a_trailer_have_one_reading(echo: Server) -> None:
    answers = echo.raw(POST + CHUNKED + b"2;x=y\r\nab\r\n02\r\ncd\r\n0\r\nx-trailer: 9\r\n\r\n" + LAST)
    assert [part.partition(b"\r\n\r\n")[2] for part in answers.split(b"HTTP/1.1 200 OK\r\n")[1:]] == [b"abcd", b"--last"]


@pytest.mark.parametrize(
    "path",
    [
        b"http://x/invocations",
        b"//invocations",
        b"/ping/../invocations",
        b"/%2e%2e/invocations",
        b"/invocation%73",
        b"/INVOCATIONS",
        b"/invocations%00",
        b"/invocations;x",
        b"/invocations/../../etc/passwd",
        b"/opt/ml/model/model.py",
    ],
)
def test_there_are_two_paths_and_no_other_way_to_write_them(echo: Server, path: bytes) -> None:
    assert statuses(echo.raw(LAST.replace(b"/invocations", path))) == [404]


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"/invocations", b"/invocations\0", 400),
        (b"POST /", b"POST\t/", 400),
        (b"POST ", b"post ", 400),
        (b"HTTP/1.1", b"HTTP/1.2", 400),
        (b"host: x", b"x-amzn-sagemaker-inference-id: a\x1b[31m", 400),
        (b"host: x", b"x-amzn-sagemaker-inference-id: a\0", 400),
        (b"host: x", b"a: " + b"a" * 1_000_000, 431),
        (b"host: x", b"\r\n".join(b"a%d: b" % number for number in range(10_000)), 431),
        (b"/invocations", b"/invocations?" + b"a" * 40_000, 431),
        (b"POST /invocations HTTP/1.1", b"GET /invocations HTTP/1.1\r\nx-http-method-override: POST", 405),
    ],
)
def test_a_head_that_nobody_sends_in_earnest_is_refused(echo: Server, old: bytes, new: bytes, status: int) -> None:
    answers = echo.raw(LAST.replace(old, new, 1))
    assert statuses(answers) == [status]
    assert b"--last" not in answers
    assert echo.invoke(1).json == 1


def test_a_name_in_the_log_forges_no_line_and_moves_no_cursor(serve: Serve) -> None:
    server = serve("echo")
    name = '","level":"error<script>'
    assert server.invoke(1, {"x-amzn-sagemaker-inference-id": name, "accept": "\x80\x9b31m"}).status in (200, 406)
    server.raw(LAST.replace(b"/invocations", b'/x","event":"forged%0a\x1b'))
    server.terminate()
    assert [line.get("inference_id") for line in server.events("request") if line["path"] == "/invocations"] == [name]
    assert server.events("forged") == []
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", server.stdout)


def deep(opening: bytes, closing: bytes, times: int = 100_000) -> bytes:
    return opening * times + b"1" + closing * times


def form(head: str, content: bytes) -> bytes:
    return b"--b\r\ncontent-disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n--b--\r\n"


FORM = "multipart/form-data; boundary=b"
PICKLED = b"cos\nsystem\n(S'touch executed'\ntR."
OBJECTS = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n" + PICKLED


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", deep(b"[", b"]"), 400),
        ("application/json", deep(b'{"a":', b"}"), 400),
        ("application/json", b"[" * 1_000_000, 400),
        ("application/json", b"1e999999", 400),
        ("application/json", b"1" * 1_000_000, 400),
        ("application/json", b"NaN", 400),
        ("application/json", b"[-Infinity]", 400),
        ("application/json", b'"\\ud800"', 400),
        ("application/json", b'"\xed\xa0\x80"', 400),
        ("application/json", b'"\xff"', 400),
        ("application/json", b'"\0"', 400),
        ("application/json", b"\xef\xbb\xbf1", 400),
        ("application/json", b"1 2", 400),
        ("application/json", b"", 400),
        ("application/jsonlines", b"1\n" + deep(b"[", b"]"), 400),
        ("text/csv", b"1" * 1_000_000, 400),
        ("text/csv", b'"never closed', 400),
        ("text/csv; header=present", b"a,b\n1", 400),
        ("text/plain", b"\xff", 400),
        ("text/plain; charset=../../etc/passwd", b"x", 400),
        ("text/plain; charset=" + "a" * 20_000, b"x", 400),
        (FORM, b"--b\r\n" * 200_000 + b"--b--", 400),
        (FORM, form('name="a"\r\ncontent-type: application/json', deep(b"[", b"]")), 400),
        ("application/x-npy", OBJECTS, 400),
        ("application/x-pickle", PICKLED, 415),
        ("application/python-pickle", PICKLED, 415),
        ("image/*", b"x", 415),
        ('image/"><script>', b"x", 415),
    ],
)
def test_a_body_made_to_break_its_reader_is_the_callers_fault(echo: Server, kind: str, body: bytes, status: int) -> None:
    answer = echo.request("POST", "/invocations", body, {"content-type": kind})
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json")
    assert echo.invoke(1).json == 1


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "undefined", "zip_codec", "rot13", "mbcs", "cp9999"]
)
def test_what_python_decodes_and_is_no_charset_is_refused_before_it_takes_its_time(echo: Server, charset: str) -> None:
    # As punycode these bytes would keep the worker, and /ping with it, for hours.
    answer = echo.request("POST", "/invocations", b"-" + b"kva" * 1_000_000, {"content-type": f"text/plain; charset={charset}"})
    assert (answer.status, answer.error["message"]) == (400, f"the charset '{charset}' is not known; use utf-8")


@pytest.mark.parametrize(
    "charset", ["UTF8", "latin-1", "windows-1252", "Shift-JIS", "us-ascii", "utf-16-le", "KOI8-R", "gb18030", "ISO-8859-15", "euc-kr"]
)
def test_charsets_are_read_by_all_their_names(echo: Server, charset: str) -> None:
    answer = echo.request("POST", "/invocations", "Iris".encode(charset), {"content-type": f"text/plain; charset={charset}"})
    assert answer.body == b"Iris"


@pytest.mark.parametrize(
    ("kind", "body", "answered"),
    [
        ("application/json", b'{"a":1,"a":2}', b'{"a":2}'),
        ("application/json", b'{"__class__":"os.system","$type":"x"}', b'{"__class__":"os.system","$type":"x"}'),
        ("application/json", b"18446744073709551616", b"1.8446744073709552e+19"),
        ("application/json", b"0." + b"1" * 1_000_000, b"0.1111111111111111"),
        ("text/csv", b"=1+1,1e400,nan\n", b"=1+1,1e400,nan\n"),
        ("text/csv", b"9" * 5000, b"9" * 5000 + b"\n"),
        (FORM, form('name="../../x"', b"hi"), b'{"../../x":"hi"}'),
    ],
)
def test_odd_values_are_values_and_nothing_more(echo: Server, kind: str, body: bytes, answered: bytes) -> None:
    answer = echo.request("POST", "/invocations", body, {"content-type": kind})
    assert (answer.status, answer.body) == (200, answered)


@pytest.mark.parametrize("accept", [b'image/"><script>', b"image/\xff", b"image/a\tb"])
def test_an_accepted_type_that_is_none_is_not_sent_back(echo: Server, accept: bytes) -> None:
    head = POST.replace(b"text/plain", b"application/octet-stream") + b"connection: close\r\naccept: " + accept
    answer = echo.raw(head + b"\r\ncontent-length: 5\r\n\r\nbytes")
    assert statuses(answer) == [406]


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", lambda: gzip.compress(bytes(50_000_000)), 413),
        ("gzip", lambda: gzip.compress(b"1") * 5000, 400),
        ("gzip, gzip", lambda: gzip.compress(gzip.compress(b"1")), 415),
        ("br", lambda: b"1", 415),
        ("gzip", lambda: b"1", 400),
    ],
)
def test_a_body_that_unpacks_to_much_more_is_refused(echo: Server, encoding: str, body: Callable[[], bytes], status: int) -> None:
    answer = echo.request("POST", "/invocations", body(), {"content-type": "application/json", "content-encoding": encoding})
    assert answer.status == status
    assert echo.invoke(1).json == 1
