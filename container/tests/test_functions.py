"""Scripts written for SageMaker's own serving containers."""

from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from slipway_kit.contract import find_model_class
from slipway_kit.errors import ContractError, SettingError
from slipway_kit.functions import FunctionModel, RawRequest, default_input, default_predict
from slipway_kit.settings import read_code_dir, read_program
from tests.conftest import MODELS, Serve


def module(source: str) -> ModuleType:
    made = ModuleType("inference")
    made.__file__ = "/code/inference.py"
    exec(compile(source, "inference.py", "exec"), made.__dict__)
    return made


def refusal(source: str) -> list[str]:
    with pytest.raises(ContractError) as raised:
        find_model_class(module(source))
    return str(raised.value).splitlines()


def test_every_fault_is_quoted_with_the_right_form() -> None:
    source = (
        "def model_fn(): ...\nasync def input_fn(body): ...\ndef output_fn(prediction, accept): ...\n"
        "def predct_fn(x, model): ...\ndef transform_fn(model, body, kind, accept): ...\n"
    )
    assert refusal(source) == [
        "the functions in inference.py do not fulfil the contract of SageMaker's serving scripts:",
        "  found `def model_fn()` on line 1, expected `def model_fn(model_dir)`, or with one more parameter for the context",
        "  found `async def input_fn(body)` on line 2, expected `def input_fn(request_body, content_type)`, "
        "or with one more parameter for the context",
        "  transform_fn() does the work of input_fn, output_fn: define either it or them",
        "  found `def predct_fn(x, model)` on line 4: did you mean `def predict_fn(input_object, model)`?",
    ]
    assert "so it may not be async" in refusal("async def model_fn(model_dir): ...\n")[1]


def test_what_is_left_out_does_what_it_does_in_amazons_containers(tmp_path: Path) -> None:
    made = find_model_class(module("def model_fn(model_dir):\n    return lambda x: x.sum(axis=1)\n"))
    assert (made.decodes, made.trains, made.predicts_async) == (True, False, False)
    model: FunctionModel = made.type()
    model.load(tmp_path)
    answer = model.predict(RawRequest(b"1,2\n3,4\n", "text/csv", "application/json"))
    assert (answer.tolist(), answer.dtype) == ([3.0, 7.0], np.float32)
    assert default_input(RawRequest(b'{"a": 1}', "application/json", "")) == {"a": 1}
    assert default_predict(2, SimpleNamespace(predict=lambda value: value + 1)) == 3
    with pytest.raises(ContractError, match="there is no model_fn"):
        find_model_class(module("def predict_fn(x, model): ...\n")).type().load(tmp_path)


def test_a_script_is_served_with_its_own_functions(serve: Serve) -> None:
    server = serve("script")
    answer = server.invoke({"n": 3})
    assert answer.json == {"model": "model", "input": {"n": 3, "type": "application/json"}, "dir": "model"}
    assert answer.headers["content-type"] == "application/json"
    text = server.invoke({"n": 3}, {"accept": "text/plain;q=0.9, */*;q=0.1"})
    assert (text.body, text.headers["content-type"]) == (b"3", "text/plain")
    failed = server.request("POST", "/invocations", b"{", {"content-type": "application/json"})
    assert (failed.status, failed.error["type"], failed.error["location"]) == (500, "JSONDecodeError", "inference.py:12")


def test_an_async_transform_fn_answers_alone(serve: Serve) -> None:
    answer = serve("transforms").request("POST", "/invocations", b"hello", {"content-type": "text/x", "accept": "*/*"})
    assert (answer.body, answer.headers["content-type"]) == (b"model hello text/x application/json", "text/x-own")


def test_script_mode_names_the_folder_and_the_file(tmp_path: Path, serve: Serve) -> None:
    beside = tmp_path / "model" / "code"
    beside.mkdir(parents=True)
    (beside / "entry.py").touch()
    environment = {"SAGEMAKER_BASE_DIR": str(tmp_path), "SAGEMAKER_PROGRAM": "entry.py", "SLIPWAY_CODE_DIR": "/code"}
    assert (read_code_dir(environment), read_program(environment)) == (beside, "entry.py")
    assert read_code_dir({**environment, "SAGEMAKER_SUBMIT_DIRECTORY": f"file://{tmp_path}"}) == tmp_path
    assert (read_code_dir({"SLIPWAY_CODE_DIR": "/code"}), read_program({})) == (Path("/code"), "model.py")
    with pytest.raises(SettingError, match=r"SAGEMAKER_SUBMIT_DIRECTORY: got 's3://bucket/code\.tar\.gz', expected a folder in the container"):
        read_code_dir({"SAGEMAKER_SUBMIT_DIRECTORY": "s3://bucket/code.tar.gz"})
    server = serve("echo", SAGEMAKER_SUBMIT_DIRECTORY=str(MODELS / "script"), SAGEMAKER_PROGRAM="inference.py")
    assert server.invoke({"n": 1}).json["model"] == "model"


def test_a_content_type_that_cannot_be_sent_is_an_error_and_no_silence(tmp_path: Path, serve: Serve) -> None:
    code = "def model_fn(model_dir): return 0\ndef predict_fn(value, model): return value\ndef output_fn(value, accept): return 'x', value\n"
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "inference.py").write_text(code)
    server = serve("echo", SLIPWAY_CODE_DIR=str(tmp_path / "code"))
    for wrong in ("text/größe", "text/x\r\nset-cookie: a=b", "text/\u20ac"):
        answer = server.invoke(wrong)
        assert (answer.status, answer.error["type"]) == (500, "ContractError")
    assert server.invoke("text/x-own").headers["content-type"] == "text/x-own"
