"""What /invocations answers, over real connections."""

import pytest

from slipway_kit import codecs
from tests.conftest import Serve


def test_json_comes_back_as_json(shared: Serve) -> None:
    answer = shared("echo").invoke({"petals": [1, 2.5, None, True, "ä"]})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json == {"petals": [1, 2.5, None, True, "ä"]}


def test_each_type_is_answered_in_kind_and_accept_chooses_another(shared: Serve) -> None:
    server = shared("echo")
    for content_type, body, expected in (
        ("text/csv", b"1,2\n3,x\n", b"1.0,2.0\n3.0,x\n"),
        ("text/plain", "größe".encode(), "größe".encode()),
        ("application/octet-stream", b"\x00\xff", b"\x00\xff"),
        ("application/x-www-form-urlencoded", b'{"sent": "by curl -d"}', b'{"sent":"by curl -d"}'),
    ):
        answer = server.request("POST", "/invocations", body, {"content-type": content_type})
        assert (answer.status, answer.body) == (200, expected)
    answer = server.request("POST", "/invocations", b"1,2\n", {"content-type": "text/csv", "accept": "application/json"})
    assert (answer.headers["content-type"], answer.body) == ("application/json", b"[[1.0,2.0]]")
    assert server.request("POST", "/invocations", b'{"no": "type"}').json == {"no": "type"}


def test_what_is_not_supported_is_refused_with_what_is(shared: Serve) -> None:
    server = shared("echo")
    unknown = server.request("POST", "/invocations", b"x", {"content-type": "application/x-own"})
    supported = ", ".join(codecs.supported())
    assert unknown.status == 415
    assert unknown.error["message"] == f"content type 'application/x-own' is not supported; send one of {supported}"
    unacceptable = server.invoke({}, {"accept": "application/x-own"})
    assert unacceptable.status == 406
    assert unacceptable.error["message"] == f"no type in Accept 'application/x-own' is supported; accept one of {supported}"
    nested = server.invoke({"a": {"b": 1}}, {"accept": "text/csv"})
    assert nested.status == 406
    assert nested.error["message"] == "the answer cannot be written as text/csv (text/csv: nested values have no CSV form)"


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("application/json", b'{"a"', "the body is not valid JSON: unexpected end of data: line 1 column 5 (char 4)"),
        ("application/json", b"", "the body is empty; send JSON"),
        ("application/json", b"[" * 2000 + b"]" * 2000, "the JSON of the body nests more than 100 levels"),
        ("text/plain", b"\xff\xfe", "the body is not valid utf-8: invalid start byte at byte 0"),
        ("text/plain; charset=klingon", b"x", "the charset 'klingon' is not known; use utf-8"),
        ("text/plain; charset=undefined", b"x", "the charset 'undefined' is not known; use utf-8"),
        ("text/csv", b'"open', "the body is not valid CSV: unexpected end of data"),
        ("text/csv; header=present", b"a,b\n1\n", "the body is not valid CSV: row 2 has 1 cells, the header has 2"),
    ],
)
def test_a_malformed_body_is_a_400_that_says_why(shared: Serve, content_type: str, body: bytes, message: str) -> None:
    answer = shared("echo").request("POST", "/invocations", body, {"content-type": content_type})
    assert (answer.status, answer.error["type"]) == (400, "InvalidInput")
    assert answer.error["message"].startswith(message)


def test_a_failing_predict_tells_the_caller_type_message_line_and_id_and_the_log_the_traceback_under_that_id(serve: Serve) -> None:
    server = serve("scripted")
    answer = server.invoke({"raise": "no such flower"}, {"X-Amzn-SageMaker-Inference-Id": "caller-7"})
    assert answer.status == 500
    identity = answer.error["id"]
    assert answer.json == {"error": {"type": "ValueError", "message": "no such flower", "location": "model.py:30", "id": identity}}
    assert "Traceback" in server.stderr
    assert "ValueError: no such flower" in server.stderr
    assert [(event["id"], event["inference_id"]) for event in server.events("predict_failed")] == [(identity, "caller-7")]
    assert [(event["id"], event["status"]) for event in server.events("request")] == [(identity, 500)]
    assert server.invoke({}).status == 200


def test_other_ends_of_a_predict_have_their_own_statuses_and_leave_the_server_serving(serve: Serve) -> None:
    server = serve("scripted")
    refused = server.invoke({"refuse": "petal_length must be positive"})
    assert (refused.status, refused.error["type"], refused.error["message"]) == (400, "InvalidInput", "petal_length must be positive")
    assert server.invoke({"memory": True}).status == 507
    exited = server.invoke({"exit": 3})
    assert (exited.status, exited.error["type"]) == (500, "SystemExit")
    assert server.invoke({}).json["calls"] == 4


@pytest.mark.parametrize(
    ("named", "body"),
    [
        ("array", b"[[1.5,2.5]]"),
        ("scalar", b"3"),
        ("dataclass", b'{"left":1,"label":"cat"}'),
        ("set", b"[7]"),
        ("keys", b'{"1":"one","2.5":"two and a half"}'),
        ("date", b'"2024-02-29"'),
    ],
)
def test_answers_that_are_no_plain_data_become_json(shared: Serve, named: str, body: bytes) -> None:
    answer = shared("numpy_like").invoke(named)
    assert (answer.status, answer.body) == (200, body)


def test_an_answer_with_no_form_at_all_is_refused_with_its_type(shared: Serve) -> None:
    answer = shared("numpy_like").invoke("object")
    assert answer.status == 406
    assert "a value of type object has no JSON form" in answer.error["message"]


def test_paths_and_methods_outside_the_contract_are_refused(shared: Serve) -> None:
    server = shared("echo")
    assert server.request("GET", "/").status == 404
    wrong = server.request("GET", "/invocations")
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
    assert server.request("POST", "/ping", b"").status == 405
    head = server.request("HEAD", "/ping")
    assert (head.status, head.body) == (200, b"")


def test_an_async_predict_runs_requests_at_the_same_time(serve: Serve) -> None:
    server = serve("asynchronous")
    connections = [server.connect() for _ in range(5)]
    for connection in connections:
        connection.request("POST", "/invocations", b'{"together": 5}')
    bodies = [connection.getresponse().read() for connection in connections]
    for connection in connections:
        connection.close()
    assert bodies == [b'{"most":5}'] * 5


def test_a_model_class_of_another_name_can_use_modules_beside_it(serve: Serve) -> None:
    assert serve("other_name").invoke(None).json == {"forest": "deep"}


def test_requests_are_logged_as_json_lines_and_pings_are_not(serve: Serve) -> None:
    server = serve("echo", SLIPWAY_ACCESS_LOG="all")
    server.ping()
    server.invoke([1, 2])
    (line,) = server.events("request")
    assert (line["method"], line["path"], line["status"], line["bytes_in"], line["bytes_out"]) == ("POST", "/invocations", 200, 6, 5)
    assert line["ms"] > 0
