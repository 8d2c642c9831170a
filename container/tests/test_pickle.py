"""Pickles: refused unless the operator allows them, because reading one runs the code in it."""

import pickle
from pathlib import Path

import pytest

from slipway_kit.codecs import CODECS, PICKLE, allow_pickle, codec_for, encode, supported
from slipway_kit.errors import InvalidInput, NotAcceptable, UnsupportedMediaType
from slipway_kit.settings import Layout, read_serving
from tests.conftest import Serve

NAMES = ["application/x-pickle", "application/python-pickle"]


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CODECS, PICKLE, CODECS["application/json"])  # so that it is as it was afterwards
    allow_pickle()


@pytest.mark.parametrize("name", NAMES)
def test_a_pickle_is_refused_with_the_setting_that_allows_it_and_what_that_means(name: str) -> None:
    with pytest.raises(UnsupportedMediaType) as raised:
        codec_for(name)
    message = str(raised.value)
    assert message.startswith(f"content type '{name}' is not supported (reading a pickle runs the code in it; SLIPWAY_ALLOW_PICKLE=1 on the server")
    assert PICKLE not in supported()
    with pytest.raises(NotAcceptable):
        encode({}, name, "application/json")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("allowed")
def test_once_allowed_a_pickle_is_read_and_answered_with_one(name: str) -> None:
    value = {"points": {(1, 2), (3, 4)}, "z": 1j}
    codec, _ = codec_for(name)
    assert codec.decode(pickle.dumps(value), {}) == value
    body, content_type = encode(value, "", codec.type)
    assert (pickle.loads(body), content_type) == (value, PICKLE)
    assert encode({"a": 1}, "application/json", codec.type) == (b'{"a":1}', "application/json")


@pytest.mark.usefixtures("allowed")
def test_nobody_gets_a_pickle_who_has_not_named_it() -> None:
    with pytest.raises(NotAcceptable):
        encode({(1, 2), 1j}, "application/*", "application/json")
    assert encode({1j}, "application/x-pickle", "application/json")[1] == PICKLE


@pytest.mark.usefixtures("allowed")
def test_what_is_no_pickle_or_has_none_is_said_to_the_caller() -> None:
    codec, _ = codec_for(PICKLE)
    for broken in (b"", b"no pickle", pickle.dumps([1, 2])[:-2], b"cno_such_module\nname\n."):
        with pytest.raises(InvalidInput, match="the body is not a pickle that can be read here: "):
            codec.decode(broken, {})
    with pytest.raises(NotAcceptable, match="application/x-pickle: "):
        encode(lambda: None, PICKLE, "application/json")


def test_the_setting_is_off_by_default() -> None:
    layout = Layout(Path("/opt/ml"))
    assert not read_serving(layout, {}).allow_pickle
    assert read_serving(layout, {"SLIPWAY_ALLOW_PICKLE": "1"}).allow_pickle


def test_the_server_reads_pickles_only_when_it_is_told_to(serve: Serve) -> None:
    body, kind = pickle.dumps({"n": (1, 2)}), {"content-type": "application/x-pickle"}
    refused = serve("echo").request("POST", "/invocations", body, kind)
    assert refused.status == 415
    assert "SLIPWAY_ALLOW_PICKLE=1" in refused.error["message"]
    server = serve("echo", SLIPWAY_ALLOW_PICKLE="1")
    answer = server.request("POST", "/invocations", body, kind)
    assert (answer.status, answer.headers["content-type"], pickle.loads(answer.body)) == (200, "application/x-pickle", {"n": (1, 2)})
    assert server.request("POST", "/invocations", body, {**kind, "accept": "application/json"}).json == {"n": [1, 2]}
    assert server.request("POST", "/invocations", b"no pickle", kind).status == 400
    assert server.request("POST", "/invocations", b"", {"content-type": "application/x-joblib"}).status == 415
