"""Whatever a model returns or raises, its caller gets an answer, and so does the next one."""

import pytest

from slipway_kit.codecs import CODECS, FORM_DATA
from tests.conftest import Serve, Server


@pytest.fixture
def odd(serve: Serve) -> Server:
    return serve("odd")


@pytest.mark.parametrize("accept", ["*/*", *(name for name in CODECS if name != FORM_DATA)])
def test_an_answer_that_cannot_be_written_is_an_error_of_its_own_request(shared: Serve, accept: str) -> None:
    odd = shared("odd")
    for named in ("tolist", "endless", "surrogate"):
        answer = odd.invoke(named, {"accept": accept})
        assert answer.status in {200, 406, 500}, named
        if answer.status != 200:
            assert answer.error["id"]
    assert odd.invoke(1).json == {"fine": 1}


def test_what_a_type_raises_when_it_is_written_is_the_models_error(odd: Server) -> None:
    answer = odd.invoke("tolist")
    assert (answer.status, answer.error["type"], answer.error["message"]) == (500, "ValueError", "no list today")
    assert answer.error["location"] == "model.py:9"
    assert [event["id"] for event in odd.events("predict_failed")] == [answer.error["id"]]


def test_an_error_that_cannot_be_shown_is_answered_all_the_same(odd: Server) -> None:
    unspeakable = odd.invoke("unspeakable")
    assert (unspeakable.status, unspeakable.error["type"]) == (500, "Unspeakable")
    assert unspeakable.error["message"] == "(Unspeakable has no message: its __str__ raised RuntimeError)"
    assert odd.invoke("no unicode").error["message"] == "file \\udcff is not there"


@pytest.mark.parametrize("named", ["close output", "output that does not block"])
def test_a_model_that_closes_or_changes_its_output_goes_on_being_served(odd: Server, named: str) -> None:
    assert odd.invoke(named).json == {"fine": named}
    assert odd.invoke("unspeakable").status == 500
    assert odd.invoke(1).json == {"fine": 1}


@pytest.mark.parametrize("raised", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_an_async_predict_that_exits_ends_its_request_and_not_the_worker(serve: Serve, raised: str) -> None:
    server = serve("asynchronous_odd")
    before = server.invoke({}).json
    answer = server.invoke({"raise": raised})
    assert (answer.status, answer.error["type"]) == (500, raised)
    assert server.invoke({}).json == before
